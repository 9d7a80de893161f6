// What makes the front page alive in the browser: each part finds its place on the page, or does nothing. Knows no server.

import { mountAdviser } from "./adviser.ts";
import { mountDemonstration } from "./demonstration.ts";
import { mountLab } from "./lab-panel.ts";
import { mountLiveLine } from "./live-line.ts";

mountLab();
mountAdviser();
mountDemonstration();
mountLiveLine();
