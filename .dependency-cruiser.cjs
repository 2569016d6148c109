// The arrows of the house: docs/architecture.md draws them, this file holds them.
const may = (from, ...to) => ({
  name: `${from.replaceAll("/", "-")}-imports-only-its-own`,
  severity: "error",
  from: { path: `^${from}/` },
  to: {
    path: "^(packages|launcher|examples|test|bench)/",
    pathNot: [from, ...to].map((folder) => `^${folder}/`),
  },
});
const only = (name, modules, from) => ({
  name: `only-${name}`,
  severity: "error",
  from: { path: "^(packages|launcher)/", pathNot: from },
  to: { path: modules },
});
const p = (name) => `packages/${name}`;

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-unresolvable",
      severity: "error",
      from: { path: "^(packages|launcher)/" },
      to: { couldNotResolve: true },
    },
    may(p("core")),
    may(p("kernels")),
    may(p("wasm-kernels")),
    may(p("tls"), p("core"), p("certificates")),
    may(p("certificates"), p("core")),
    may(p("transport"), p("core"), p("tls"), p("certificates")),
    may(p("shared-memory"), p("core")),
    may(p("collectives"), p("core"), p("kernels"), p("transport"), p("shared-memory")),
    may(p("compression"), p("core"), p("kernels")),
    may(p("rendezvous"), p("core"), p("tls"), p("certificates")),
    may(
      p("engine"),
      ...["core", "kernels", "transport", "shared-memory", "collectives", "compression"].map(p),
      p("rendezvous"),
    ),
    may(p("kolo"), ...["core", "collectives", "compression", "engine", "wasm-kernels"].map(p)),
    may("launcher", ...["core", "rendezvous", "shared-memory", "certificates"].map(p)),
    only("kolo-knows-tensorflow", "node_modules/@tensorflow/", "^packages/(kolo|wasm-kernels)/"),
    only(
      "transport-and-rendezvous-know-grpc",
      "node_modules/@grpc/",
      "^packages/(transport/src/grpc|rendezvous)/|^packages/transport/src/.*\\.test\\.ts$",
    ),
    only("certificates-knows-x509", "node_modules/@peculiar/", "^packages/certificates/"),
    only(
      "secrets-issue-certificates",
      "^packages/certificates/",
      "^packages/(rendezvous/src/secrets\\.ts$|certificates/)|\\.test\\.ts$|/testing/",
    ),
    only("launcher-knows-the-command-line", "node_modules/commander/", "^launcher/"),
  ],
  options: {
    doNotFollow: { path: "node_modules|/(dist|lib)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "require", "node"],
    },
  },
};
