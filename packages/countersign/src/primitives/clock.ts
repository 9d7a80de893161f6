// The clock that everything in this package is given. One clock for both packages: it lives on the lower floor.
export { type Clock, systemClock } from "@countersign/verifier";
