/** What stops the build, in words for whoever ran it; other errors are bugs and keep their stacks. */
export class BuildFailure extends Error {}
