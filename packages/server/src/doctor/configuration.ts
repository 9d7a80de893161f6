// Judges the configuration beyond its schema: what is allowed, and yet not what its operator can have meant. Pure.

import { isPlainLocalhost } from "@countersign/verifier";
import type { Config } from "../config.ts";
import { type Finding, findingsAbout } from "./finding.ts";

const about = findingsAbout("configuration");

/** What is odd about a configuration that is valid, under the issuer that it comes to. */
export function judgeConfiguration(config: Config, issuer: string): Finding[] {
  const isPublic = !isPlainLocalhost(issuer);
  const found = [
    ...judgeIssuer(config, issuer),
    ...(isPublic && config.trustedProxyHops === 0
      ? [
          about.warn(
            "The issuer is https, which a proxy must speak for this server, and trustedProxyHops is 0: all visitors share the proxy's address, and its limits.",
            "Set trustedProxyHops to how many proxies of yours append to X-Forwarded-For.",
          ),
        ]
      : []),
    ...(isPublic && config.mail.smtp === undefined
      ? [
          about.warn(
            "No mail is sent: nobody can reset a password or confirm an address.",
            "Set mail.smtp, for example smtps://user:password@mail.example.",
          ),
        ]
      : []),
    ...(isPublic && config.metrics.access === "open"
      ? [
          about.warn(
            "Everybody may read /metrics (metrics.access is open).",
            "Set metrics.access to local, and read them with a service key of the scope admin.",
          ),
        ]
      : []),
  ];
  return found.some(({ level }) => level !== "ok")
    ? found
    : [about.ok(`It holds no mistake; the issuer is ${issuer}.`)];
}

function judgeIssuer(config: Config, issuer: string): Finding[] {
  const isForOthers = config.host !== "localhost" && !/^(?:127\.|::1$)/.test(config.host);
  if (!isPlainLocalhost(issuer) || !isForOthers) return [];
  return [
    about.warn(
      `The server listens for other machines (host is ${config.host}), and calls itself ${issuer}: no other machine finds it there.`,
      "Set issuer to the URL by which visitors reach it.",
    ),
  ];
}

/** The finding of a configuration that cannot be read. */
export function configurationMistake(message: string): Finding {
  return about.error(
    message.replace(/\s*\n\s*/g, " "),
    "Correct the option that is named; docs/options.md says what is allowed.",
  );
}
