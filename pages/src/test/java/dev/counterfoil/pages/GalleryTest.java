package dev.counterfoil.pages;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The gallery in Chromium: axe has no finding in either theme, and nothing is wider than a narrow
 * screen. The pages stay in {@code target/gallery} for people to look at.
 */
@EnabledIf("hasChromium")
@Tag("full")
class GalleryTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path FOLDER = Path.of("target", "gallery");

  /**
   * Visible texts that are not between the brackets of the pseudo language, nor a value of ours.
   */
  private static final String UNTRANSLATED =
      """
      () => {
        const found = [];
        const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const node = walker.currentNode;
          const text = node.textContent.trim();
          if (/\\p{L}{2}/u.test(text) && !text.includes('\\u27e6')
              && !node.parentElement.closest('b, code, .brand, .id, li, td, .say'))
            found.push(text);
        }
        return found;
      }
      """;

  static boolean hasChromium() {
    return Files.isExecutable(CHROMIUM);
  }

  @Test
  void everyStateIsReadableByEveryone() throws IOException {
    Files.createDirectories(FOLDER);
    try (Playwright playwright =
            Playwright.create(
                new Playwright.CreateOptions()
                    .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser =
            playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions().setExecutablePath(CHROMIUM))) {
      Page page = browser.newPage();
      show(page, "en", Messages.of(Locale.ENGLISH), true);
      show(page, "de", Messages.of(Locale.GERMAN), false);
      show(page, "zh", Messages.of(Locale.CHINESE), false);
      show(page, "pseudo", Messages.pseudo(), false);
    }
  }

  /** Without frames there is nothing that takes another page to gather. */
  private static AxeBuilder axe(Page page) {
    return new AxeBuilder(page).setLegacyMode(true);
  }

  private static void show(Page page, String language, Messages messages, boolean withAxe)
      throws IOException {
    for (Map.Entry<String, dev.counterfoil.pages.Page> state : Gallery.of(messages).entrySet()) {
      String name = state.getKey() + "." + language;
      Path file = FOLDER.resolve(name + ".html");
      Files.write(file, state.getValue().html());
      page.navigate(file.toUri().toString());
      for (int width : List.of(320, 700, 1280)) {
        page.setViewportSize(width, 800);
        assertThat((int) page.evaluate("document.documentElement.scrollWidth"))
            .as("%s at %d pixels", name, width)
            .isLessThanOrEqualTo(width);
        assertThat(page.evaluate(CUT))
            .as("what is cut on %s at %d", name, width)
            .isEqualTo(List.of());
      }
      if (withAxe) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        assertThat(axe(page).analyze().getViolations())
            .as("axe on %s", name)
            .extracting(Rule::getId, Rule::getNodes)
            .isEmpty();
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        assertThat(axe(page).withRules(List.of("color-contrast")).analyze().getViolations())
            .as("contrast on %s in the dark", name)
            .extracting(Rule::getId, Rule::getNodes)
            .isEmpty();
      }
      if (language.equals("pseudo")) {
        assertThat(page.evaluate(UNTRANSLATED))
            .as("not in a language: %s", name)
            .isEqualTo(List.of());
      }
    }
  }

  /** Tickets hide what is wider than they are: nothing may be. */
  private static final String CUT =
      """
      () => [...document.querySelectorAll('.main, .stub')]
          .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)
      """;
}
