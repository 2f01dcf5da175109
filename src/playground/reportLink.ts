// The playground's link to a report that stands beside it. Either may be written first: whichever comes later finds the
// other and sets the link, so that it never leads nowhere.
import { writeFileAtomic } from "../tensor/atomicFile";
import { readTextIfThere } from "../tensor/textFile";

/** Where page.html has room for the link. */
const place = "<!-- @report -->";

/** The page with its link, if it had none. @param report name of a file in the folder of the page */
export function withReport(page: string, report: string): string {
  return page.replace(place, `<a href="${encodeURIComponent(report)}">The report</a>`);
}

/** Sets the link of a playground that is written already; nothing where there is none. */
export async function linkReport(playground: string, report: string): Promise<void> {
  const page = await readTextIfThere(playground);
  if (page?.includes(place)) await writeFileAtomic(playground, withReport(page, report));
}
