#!/usr/bin/env node
// Committed, so that npm links the command before anything is built.
require("../lib/tsrun.js");
