import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Content, cspHash, markup, Markup } from "./markup.ts";

const HERE = new URL("../../data/report/", import.meta.url);

/** A stylesheet or script of this package. Line ends are those of the page: the hash is taken of what a browser sees. */
function ownFile(name: string): string {
  return readFileSync(new URL(name, HERE), "utf8").replaceAll("\r\n", "\n");
}

/** uPlot draws the timeline: its script, its style, its licence. */
function chartFiles(): { readonly script: string; readonly style: string; readonly licence: string } {
  const require = createRequire(import.meta.url);
  const read = (name: string): string => readFileSync(require.resolve(`uplot/${name}`), "utf8");
  return {
    script: read("dist/uPlot.iife.min.js"),
    style: read("dist/uPlot.min.css"),
    licence: read("LICENSE"),
  };
}

export interface PageParts {
  readonly title: string;
  /** What stands below the title. */
  readonly subtitle: Content;
  readonly main: Content;
  readonly foot: Content;
  /** Data for the page's script, as script elements of type application/json. */
  readonly data: Content;
}

/**
 * One HTML file with everything in it. Its policy lets nothing be loaded from anywhere, and no script or style run but
 * those of this package, known by their hashes.
 */
export function pageOf({ title, subtitle, main, foot, data }: PageParts): string {
  const chart = chartFiles();
  const style = `${chart.style}\n${ownFile("report.css")}`;
  const script = ownFile("report.js");
  const policy = [
    "default-src 'none'",
    `script-src ${cspHash(chart.script)} ${cspHash(script)}`,
    `style-src ${cspHash(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header class="top">
          <div>
            <h1>${title}</h1>
            <p class="subtitle">${subtitle}</p>
          </div>
          <button type="button" id="theme" hidden>Dark</button>
        </header>
        <main id="main">${main}</main>
        <footer>${foot}</footer>
        ${data}
        <!-- uPlot:
${new Markup(chart.licence.replaceAll("--", "- -"))}
-->
        <script>${new Markup(chart.script)}<\/script>
        <script>${new Markup(script)}<\/script>
      </body>
    </html>
`.text;
}
