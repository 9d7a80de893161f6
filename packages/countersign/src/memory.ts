// The public face of the store in memory.

export { createMemoryStore, type MemoryStoreOptions } from "./stores/memory.ts";
