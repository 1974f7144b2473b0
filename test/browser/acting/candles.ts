/** What an operator sees of an upload: why a file is refused, and that a good one is stored. */
import { describe, expect, test } from "vitest";
import { allow, missing, open, query, useBrowser } from "../../support/browser/pages.ts";

/** Chooses a file that exists in the page alone. */
const CHOOSE_LARGE = `{
  const chosen = new DataTransfer();
  chosen.items.add(new File([new Uint8Array(100_000_001)], "years.csv"));
  const input = document.querySelector("input[type=file]");
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}`;

describe.skipIf(missing)("the upload of candles", () => {
  useBrowser();

  test("a file of candles that is wrong is refused by its line, in the form of its upload", async () => {
    allow(/422/);
    const { page } = await open("/ops/candles", { operator: true });
    const buffer = Buffer.from("open_time,open,high,low,close,volume\n1735689600000,x,1,1,1,1\n");
    const upload = page.getByRole("button", { name: "Upload" });
    expect(await upload.isDisabled()).toBe(true);
    await page.locator("input[type=file]").setInputFiles({ name: "LTC-USDT.5m.csv", mimeType: "text/csv", buffer });
    await upload.click();
    await page.getByRole("alert").filter({ hasText: 'LTC-USDT.5m.csv line 2: open is "x"' }).first().waitFor();
    expect(await page.locator("tbody tr", { hasText: "LTC-USDT" }).count()).toBe(0);
  });

  test("a file of candles is stored and listed, and the form forgets it; one that is too large is never sent", async () => {
    const { page, asked } = await open("/ops/candles", { operator: true });
    const rows = Array.from({ length: 20 }, (_, n) => `${1_735_689_600_000 + n * 300_000},2,3,1,2,${n}`);
    const buffer = Buffer.from(["open_time,open,high,low,close,volume", ...rows, ""].join("\n"));
    const file = page.locator("input[type=file]");
    const upload = page.getByRole("button", { name: "Upload" });
    await file.setInputFiles({ name: "february.csv", mimeType: "text/csv", buffer });
    await page.getByLabel("Symbol").fill("LTC-USDT");
    try {
      await upload.click();
      const row = page.locator("tbody tr", { hasText: "february.csv" });
      await row.waitFor();
      expect(await row.textContent()).toContain("LTC-USDT");
      await page.getByText("The candles are stored.").waitFor();
      await expect.poll(() => page.getByLabel("Symbol").inputValue()).toBe("");
      expect(await upload.isDisabled()).toBe(true);
      const left = await query("select count(*)::int as n from candle_upload_pieces union all select 0");
      expect(left).toEqual([{ n: 0 }, { n: 0 }]);
    } finally {
      await query("delete from candle_sources where name = 'february.csv'");
    }
    await page.evaluate(CHOOSE_LARGE);
    await page.getByRole("alert").filter({ hasText: "The file is larger than 100 MB." }).waitFor();
    expect(await upload.isDisabled()).toBe(true);
    expect(asked.filter((each) => each.startsWith("POST /candle-sources"))).toHaveLength(1);
  });
});
