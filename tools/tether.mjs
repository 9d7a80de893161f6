// Loaded into a Node.js process by --import: ends it when whoever started it is gone, however that ended.
// The starter holds the other end of its standard input, which the system closes; no signal and no clean-up is needed.
process.stdin.on("end", () => process.exit(1)).on("error", () => process.exit(1));
process.stdin.resume();
process.stdin.unref?.();
