// The client as an application's bundler makes it: one minified script. Measures nothing and runs nothing.

import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "../../tools/files.ts";

/** Bundles an entry of the workspace, by its path from the root: an ES module as one minified text. Libraries are told the `mode`. */
export async function bundle(entry: string, mode: "production" | "development" = "production"): Promise<string> {
  const define = { "process.env.NODE_ENV": JSON.stringify(mode) };
  await using bundled = await rolldown({ input: join(root, entry), platform: "browser", transform: { define } });
  const { output } = await bundled.generate({ format: "esm", minify: true });
  const [chunk, ...more] = output;
  if (more.length > 0) throw new Error(`${entry} became more than one file`);
  return chunk.code;
}
