// A notebook's prose as HTML: markdown with formulas as MathML (browsers draw it with their own fonts, so nothing
// is loaded). HTML inside the markdown is kept, without what could act or load: a notebook may come from anybody.
import { readFileSync } from "node:fs";
import path from "node:path";
import type MarkdownIt from "markdown-it";
import { cleanHtml, foreignId } from "./cleanHtml";
import { joined, type NotebookCell } from "./notebookFile";

/** A heading of the page, for its contents list. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
};

/** Renders the markdown cells of one notebook. */
export class Prose {
  readonly headings: Heading[] = [];
  private readonly markdown: MarkdownIt;
  private readonly ids = new Set<string>();
  /** Whether the link that is being written leads anywhere. Links do not stand in links. */
  private leads = false;
  private attachments: NotebookCell["attachments"];

  /**
   * @param prefix stands before every heading's id, so that notebooks do not collide
   * @param folder where relative paths start
   * @param pages the notebooks that the page holds: their ids by their absolute paths
   */
  constructor(
    private readonly prefix: string,
    private readonly folder: string,
    private readonly pages: ReadonlyMap<string, string> = new Map(),
  ) {
    // Loaded here, because most users of the library never write a report.
    const Markdown = require("markdown-it") as typeof import("markdown-it");
    const { default: formulas } = require("@vscode/markdown-it-katex") as {
      default: (markdown: MarkdownIt, options?: object) => void;
    };
    this.markdown = new Markdown({ html: true, linkify: false }).use(formulas, {
      output: "mathml",
      throwOnError: false,
    });
    const rules = this.markdown.renderer.rules;
    rules.heading_open = (tokens, at, options, _env, self) => {
      const token = tokens[at]!;
      const text = plain(tokens[at + 1]!.content);
      const id = this.freshId(prefix, text);
      this.headings.push({ level: Number(token.tag.slice(1)), text, id });
      token.attrSet("id", id);
      token.tag = below(token.tag);
      return self.renderToken(tokens, at, options);
    };
    rules.heading_close = (tokens, at, options, _env, self) => {
      tokens[at]!.tag = below(tokens[at]!.tag);
      return self.renderToken(tokens, at, options);
    };
    rules.image = (tokens, at, options, env, self) => {
      const token = tokens[at]!;
      const source = this.embedded(token.attrGet("src") ?? "");
      if (!source) return `<em>[${this.markdown.utils.escapeHtml(token.content || "picture left out")}]</em>`;
      token.attrSet("src", source);
      token.attrSet("alt", self.renderInlineAsText(token.children ?? [], options, env));
      return self.renderToken(tokens, at, options);
    };
    rules.link_open = (tokens, at, options, _env, self) => {
      const address = this.reachable(tokens[at]!.attrGet("href") ?? "");
      this.leads = address !== undefined;
      if (address === undefined) return "";
      tokens[at]!.attrSet("href", address);
      return self.renderToken(tokens, at, options);
    };
    rules.link_close = (tokens, at, options, _env, self) =>
      this.leads ? self.renderToken(tokens, at, options) : "";
    const ownLink = this.markdown.validateLink.bind(this.markdown);
    this.markdown.validateLink = (url) => url.startsWith("attachment:") || ownLink(url);
  }

  render(source: string, attachments?: NotebookCell["attachments"]): string {
    this.attachments = attachments;
    const clean = cleanHtml(presentationOnly(this.markdown.render(source)));
    // Headings keep their own ids; any other id stays marked as foreign.
    return clean.replaceAll(`id="${foreignId}${this.prefix}-`, `id="${this.prefix}-`);
  }

  /** The picture as a data URI; undefined if it is not on this machine, as the page must not load anything. */
  private embedded(source: string): string | undefined {
    if (source.startsWith("data:image/")) return source;
    if (source.startsWith("attachment:")) {
      const bundle = this.attachments?.[decodeURIComponent(source.slice("attachment:".length))];
      const [type, content] = Object.entries(bundle ?? {})[0] ?? [];
      return type?.startsWith("image/") ? `data:${type};base64,${joined(content)}` : undefined;
    }
    const type = mediaTypes[path.extname(source).toLowerCase()];
    if (!type || /^[a-z][a-z0-9+.-]*:/i.test(source)) return undefined;
    try {
      return `data:${type};base64,${readFileSync(this.fileAt(source)).toString("base64")}`;
    } catch {
      return undefined;
    }
  }

  /** A link's address in the page: another notebook is a chapter there. Undefined for files that do not come with it. */
  private reachable(address: string): string | undefined {
    if (/^([a-z][a-z0-9+.-]*:|#)/i.test(address)) return address;
    try {
      const id = this.pages.get(this.fileAt(address.replace(/[?#].*/, "")));
      return id && `#${id}`;
    } catch {
      return undefined;
    }
  }

  /**
   * @param address relative, as markdown has it
   * @throws URIError where its escapes are no UTF-8
   */
  private fileAt(address: string): string {
    return path.resolve(this.folder, decodeURIComponent(address));
  }

  private freshId(prefix: string, text: string): string {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["section"];
    const base = `${prefix}-${words.join("-")}`;
    let id = base;
    for (let i = 2; this.ids.has(id); i++) id = `${base}-${i}`;
    this.ids.add(id);
    return id;
  }
}

/** The page's own title is its only h1: a notebook's headings stand one level below. */
function below(tag: string): string {
  return `h${Math.min(6, Number(tag.slice(1)) + 1)}`;
}

/** A heading's markdown as plain words. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*_`$\\]/g, "");
}

// KaTeX puts the formula's TeX beside what is drawn, and a namespace that HTML does not need.
function presentationOnly(html: string): string {
  return html
    .replace(/<annotation encoding="application\/x-tex">[^<]*<\/annotation>/g, "")
    .replace(/<\/?semantics>/g, "")
    .replaceAll(' xmlns="http://www.w3.org/1998/Math/MathML"', "");
}
