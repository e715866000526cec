// node make.mjs NODE_MODULES OUT: bundles the scripts of the page, and compiles Python's archives
// to bytecode by the Python that will run it. OUT holds sources.zip, and gets what is made.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, out] = process.argv.slice(2);
const from = (...parts) => pathToFileURL(path.join(modules, ...parts)).href;
const here = import.meta.dirname;

const esbuild = await import(from("esbuild", "lib", "main.js"));
const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  nodePaths: [modules],
  legalComments: "none",
  logLevel: "error",
  target: ["chrome123", "firefox125", "safari18"],
};
await esbuild.build({
  ...common,
  entryPoints: [path.join(here, "page.js")],
  format: "iife",
  outfile: path.join(out, "page.js"),
});
await esbuild.build({
  ...common,
  entryPoints: [path.join(here, "editor.js")],
  format: "esm",
  outfile: path.join(out, "editor.js"),
});

const { loadPyodide } = await import(from("pyodide", "pyodide.mjs"));
const pyodide = path.join(modules, "pyodide") + path.sep;
const python = await loadPyodide({ indexURL: pyodide });
python.FS.writeFile("/stdlib.zip", fs.readFileSync(pyodide + "python_stdlib.zip"));
python.FS.writeFile("/sources.zip", fs.readFileSync(path.join(out, "sources.zip")));
python.runPython(fs.readFileSync(path.join(here, "bytecode.py"), "utf8"));
for (const name of ["stdlib.zip", "packages.zip"]) {
  fs.writeFileSync(path.join(out, name), python.FS.readFile(`/made/${name}`));
}
process.exit(0);
