// HTML that came with a notebook, made harmless: no scripts, no handlers, no forms, nothing loaded from anywhere.
import type { WindowLike } from "dompurify";

/** DOMPurify puts this before every id, so that notebook HTML cannot pose as an element of the page. */
export const foreignId = "user-content-";

let purify: ((html: string) => string) | undefined;

/** The HTML without anything that could act or load; ids begin with `foreignId`. */
export function cleanHtml(html: string): string {
  purify ??= purifier();
  return purify(html);
}

function purifier(): (html: string) => string {
  const { JSDOM } = require("jsdom") as typeof import("jsdom");
  const createPurifier = require("dompurify") as typeof import("dompurify");
  const { window } = new JSDOM("");
  const instance = createPurifier(window as unknown as WindowLike);
  instance.addHook("uponSanitizeAttribute", (node, attribute) => {
    const { attrName: name, attrValue: value } = attribute;
    if (["src", "href", "xlink:href", "srcset", "poster", "background"].includes(name)) {
      const isLink = node.nodeName.toLowerCase() === "a" && name === "href";
      attribute.keepAttr = isLink ? /^(https?:|mailto:|#)/i.test(value) : /^(data:image\/|#)/i.test(value);
    }
    if (name === "style" && /url\s*\(|@import|expression\s*\(|\\/i.test(value)) attribute.keepAttr = false;
  });
  return (html) =>
    instance.sanitize(html, {
      FORBID_TAGS: [
        "style",
        "form",
        "input",
        "button",
        "textarea",
        "select",
        "iframe",
        "object",
        "embed",
        "link",
      ],
      SANITIZE_NAMED_PROPS: true,
    });
}
