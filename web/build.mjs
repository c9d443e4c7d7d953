// Builds the pages that the service serves: `node web/build.mjs`.
//
// The result is committed, so that nobody needs Node.js to run or to deploy the service. With
// --check nothing is written: it fails unless what is committed is, byte for byte, the build of
// these sources with the tools that package-lock.json pins.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { build } from "esbuild";

const ROOT = path.join(import.meta.dirname, "..");
const BUILT = path.join(ROOT, "chalicelib", "pages", "static");
const PAGES = ["dashboard", "docs"];

/** The browsers that have what the pages are written in: light-dark(), dialogs, popovers. */
const TARGET = ["chrome123", "firefox120", "safari17.5"];

const DATA_ADDRESS = /url\((["']?)data:([^;,]+)(;[^,]*)?,((?:\\.|[^\\])*?)\1\)/gs;

/** Everything that is served, by its path below BUILT. */
async function buildAll() {
    const files = new Map();
    for (const page of PAGES) {
        const put = (name, content) => files.set(`${page}/${name}`, content);
        put("index.html", await read("web", page, "index.html"));
        put("theme_start.js", await read("web", "shared", "theme_start.js"));
        put("icon.svg", await read("web", "shared", "icon.svg"));
        put("app.js", await bundle("web", page, "main.js"));
        put("style.css", await bundle("web", page, "styles", "index.css"));
    }
    await addViewer(files);
    files.set("LICENSES.txt", await licences(["uplot", "swagger-ui-dist"]));
    return files;
}

/** One minified file of a script or a style and all that it imports. */
async function bundle(...names) {
    const { outputFiles } = await build({
        entryPoints: [path.join(ROOT, ...names)],
        absWorkingDir: ROOT,
        bundle: true,
        write: false,
        format: names.at(-1).endsWith(".js") ? "esm" : undefined,
        minify: true,
        charset: "utf8",
        target: TARGET,
        legalComments: "none",
        logLevel: "warning",
    });
    return outputFiles[0].text;
}

/**
 * The viewer of the API document, as it comes but for its pictures: those are in its style as
 * data: addresses, which the Content-Security-Policy does not load. So they become files.
 */
async function addViewer(files) {
    const from = ["node_modules", "swagger-ui-dist"];
    const script = await read(...from, "swagger-ui-bundle.js");
    files.set("docs/swagger-ui-bundle.js", script.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
    const style = files.get("docs/style.css");
    const pictures = new Map();
    const served = style.replace(DATA_ADDRESS, (_, _quote, type, _coding, text) => {
        // The few that are no SVG belong to a grid for debugging, which no element asks for.
        if (!type.includes("svg")) return "none";
        const svg = decodeURIComponent(text.replace(/\\(.)/g, "$1"));
        if (!pictures.has(svg)) pictures.set(svg, `picture-${pictures.size + 1}.svg`);
        return `url(${pictures.get(svg)})`;
    });
    files.set("docs/style.css", served);
    for (const [svg, name] of pictures) files.set(`docs/${name}`, svg);
}

async function licences(packages) {
    const texts = [];
    for (const name of packages) {
        const { version, license } = JSON.parse(await read("node_modules", name, "package.json"));
        const folder = await readdir(path.join(ROOT, "node_modules", name));
        const known = folder
            .filter((file) => /^(LICENSE|NOTICE)|^swagger-ui-bundle.*LICENSE/.test(file))
            .sort();
        const full = await Promise.all(known.map((file) => read("node_modules", name, file)));
        texts.push(`${name} ${version} (${license})\n\n${full.join("\n").trim()}\n`);
    }
    return texts.join(`\n${"-".repeat(78)}\n\n`);
}

const read = (...names) => readFile(path.join(ROOT, ...names), "utf8");

async function write(files) {
    await rm(BUILT, { recursive: true, force: true });
    for (const [name, content] of files) {
        await mkdir(path.dirname(path.join(BUILT, name)), { recursive: true });
        await writeFile(path.join(BUILT, name), content);
    }
}

/** What differs between the build and what is there: names of files. */
async function compare(files) {
    const there = await readdir(BUILT, { recursive: true, withFileTypes: true });
    const names = there
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(BUILT, path.join(entry.parentPath, entry.name)));
    const wrong = names.filter((name) => !files.has(name));
    for (const [name, content] of files) {
        const same =
            names.includes(name) && (await readFile(path.join(BUILT, name), "utf8")) === content;
        if (!same) wrong.push(name);
    }
    return wrong.sort();
}

const files = await buildAll();
if (process.argv.includes("--check")) {
    const wrong = await compare(files);
    if (wrong.length) {
        console.error(
            `These are not what web/ builds; run 'make pages' and commit: ${wrong.join(", ")}`,
        );
        process.exit(1);
    }
} else {
    await write(files);
}
