// What the front page says to search engines in their own form (schema.org as JSON-LD). Adds no claim to those of the page.

import { askedQuestions } from "../questions-data.ts";
import { plainAnswer } from "./questions.ts";

/** The application, and the questions with their answers. `address` is the page's own. */
export function structuredData(address: string, description: string): object {
  return {
    "@context": "https://schema.org",
    "@graph": [
      {
        "@type": "SoftwareApplication",
        name: "Countersign",
        description,
        url: address,
        applicationCategory: "SecurityApplication",
        operatingSystem: "Linux",
        license: "https://opensource.org/license/mit",
        offers: { "@type": "Offer", price: "0", priceCurrency: "EUR" },
      },
      {
        "@type": "FAQPage",
        mainEntity: askedQuestions.map((asked) => ({
          "@type": "Question",
          name: asked.question.replaceAll("`", ""),
          acceptedAnswer: { "@type": "Answer", text: plainAnswer(asked) },
        })),
      },
    ],
  };
}
