// Tests run on compiled output: a worker thread started from TypeScript source would not.
const project = (displayName, folders) => ({
  displayName,
  testEnvironment: "node",
  testMatch: folders.map((folder) => `<rootDir>/${folder}/**/*.test.js`),
  transform: {},
});

module.exports = {
  testTimeout: 60_000,
  projects: [
    project("unit", ["packages/*/dist", "launcher/dist", "bench/dist"]),
    project("integration", ["test/dist/integration"]),
    project("e2e", ["test/dist/e2e"]),
    // Needs root, and the packages in test/hosts/packages.txt; `npm test` leaves it out.
    project("hosts", ["test/dist/hosts"]),
    // Needs what `npm run build:tfjs-node` makes; `npm test` leaves it out.
    project("tensorflow", ["test/dist/tensorflow"]),
  ],
};
