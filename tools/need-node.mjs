// Stops with a plain sentence where Node.js is too old to run TypeScript sources; plain JavaScript, so that any Node can.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 4)) {
  console.error(
    `Countersign needs Node.js 24.4 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      "Run `npm ci` in the project's root: it brings the right version, and npm's scripts then use it.",
  );
  process.exit(1);
}
