import { ConfigurationError } from "@countersign/verifier";
import { expect, it } from "vitest";
import { requireNode } from "./node-version.ts";

it.each(["20.20.2", "22.12.0", "23.11.1", ""])("Node.js %s is too old, and the error says so", (version) => {
  expect(() => requireNode(version)).toThrow(ConfigurationError);
  expect(() => requireNode(version)).toThrow(`node: must be Node.js 24 or newer; this is ${version}`);
});

it.each(["24.0.0", "26.1.0", undefined])("Node.js %s will do", (version) => {
  expect(() => requireNode(version)).not.toThrow();
});
