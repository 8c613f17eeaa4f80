// Makes static/vendor/plotly-scattergl-4.1.1.min.js: Plotly with the one trace that the map draws,
// in its strict kind, which needs no Function() and so runs under our policy. A third of the whole.
//
//   npm install plotly.js@4.1.1 esbuild@0.28.1 esbuild-plugin-environment@0.5.0 \
//     esbuild-plugin-glsl@1.4.2 esbuild-plugin-inline-css@0.0.1 stream-browserify@3.0.0 \
//     buffer@6.0.3 process@0.11.10
//   node plotly.mjs
//
// Copy this file into an empty folder and run both there. Aliases and definitions are those of
// Plotly's own esbuild-config.js.

import { createRequire } from "node:module";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const { environmentPlugin } = require("esbuild-plugin-environment");
const { glsl } = require("esbuild-plugin-glsl");
const inlineCss = require("esbuild-plugin-inline-css");

const LICENCE = `/**
* plotly.js (strict, scattergl alone, minified) v4.1.1
* Copyright 2012-2026, Plotly, Inc.
* All rights reserved.
* Licensed under the MIT license
*/`;
const ENTRY = `
const Plotly = require("plotly.js/lib/core");
Plotly.register([require("plotly.js/src/traces/scattergl/strict")]);
module.exports = Plotly;
`;

await build({
  stdin: { contents: ENTRY, resolveDir: process.cwd() },
  outfile: "plotly-scattergl-4.1.1.min.js",
  banner: { js: LICENCE },
  format: "iife",
  globalName: "Plotly",
  bundle: true,
  minify: true,
  charset: "ascii",
  legalComments: "none",
  target: "es2016",
  alias: { regl: "@plotly/regl", stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
  plugins: [inlineCss(), glsl({ minify: true }), environmentPlugin({ NODE_DEBUG: false })],
});
