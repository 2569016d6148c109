// Tests run on compiled output: a worker thread started from TypeScript source would not.
const project = (displayName, roots) => ({
  displayName,
  roots: roots.map((root) => `<rootDir>/${root}`),
  testEnvironment: "node",
  testMatch: ["**/dist/**/*.test.js"],
  transform: {},
});
const packages = ["core", "kernels", "transport", "collectives", "rendezvous", "engine", "kolo"];

module.exports = {
  testTimeout: 60_000,
  projects: [
    project("unit", [...packages.map((name) => `packages/${name}/dist`), "launcher/dist"]),
    project("integration", ["test/dist/integration"]),
    project("e2e", ["test/dist/e2e"]),
  ],
};
