package dev.counterfoil.pages;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.GlobalHistogramBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final String HOSTILE = "\"><script>alert(1)</script>'&<b onload=x>";
  private static final Pattern ARGUMENT = Pattern.compile("\\{([0-9])[},]");

  private static Sheet sheet(String language) {
    return new Sheet(Messages.of(Locale.forLanguageTag(language)), "/acme", HOSTILE, NOW);
  }

  /** Every page with hostile text wherever a value of a stranger's stands. */
  static Stream<Page> pages() {
    Sheet sheet = sheet("en");
    Optional<String> hostile = Optional.of(HOSTILE);
    Map<String, String> hidden = Map.of("form_token", HOSTILE, "to", "/acme/account");
    AccountPage account =
        new AccountPage(
            AccountPage.Place.SIGN_IN,
            hidden,
            HOSTILE,
            hostile,
            hostile,
            Optional.of(new PendingRecovery(NOW, NOW)));
    List<UpstreamOffer> offers = List.of(new UpstreamOffer(HOSTILE, HOSTILE));
    SignInWays ways =
        new SignInWays(
            List.of(new SignInWays.PasskeyRow(HOSTILE, HOSTILE, true, NOW, Optional.empty())),
            List.of(
                new SignInWays.SessionRow(
                    HOSTILE, HOSTILE, HOSTILE, HOSTILE, NOW, NOW.plusSeconds(9), true),
                new SignInWays.SessionRow(
                    HOSTILE, HOSTILE, HOSTILE, HOSTILE, NOW, NOW.plusSeconds(9), false)),
            true,
            Optional.of(3),
            List.of(new SignInWays.LinkRow(HOSTILE, HOSTILE, HOSTILE, NOW)),
            offers,
            true,
            hostile,
            hostile);
    return Stream.of(
        Pages.signIn(
            sheet,
            new SignInForm(
                hidden, HOSTILE, true, true, hostile, hostile, hostile, offers, HOSTILE, hostile),
            Optional.of("'self'")),
        Pages.enrol(
            sheet,
            new EnrolForm(hidden, HOSTILE, HOSTILE, hostile, true, offers, HOSTILE, hostile)),
        Pages.consent(
            sheet,
            new ConsentForm(HOSTILE, hidden, HOSTILE, HOSTILE, HOSTILE, List.of(HOSTILE)),
            Optional.empty()),
        Pages.notice(
            sheet,
            new Notice(
                "error",
                HOSTILE,
                HOSTILE,
                hostile,
                Optional.of(new Notice.NextStep("/sign-in", HOSTILE)))),
        Pages.account(sheet, account, ways),
        Pages.console(
            sheet,
            Gallery.console(Messages.of(Locale.ENGLISH), HOSTILE, hostile),
            Optional.empty()),
        Pages.consoleDoor(sheet, hidden, true, HOSTILE, hostile, Optional.empty()),
        Pages.lost(sheet, new LostForm(hidden, HOSTILE, hostile)),
        Pages.report(sheet, new ReportForm(hidden, HOSTILE, HOSTILE, HOSTILE, hostile)),
        Pages.recovery(sheet, account, HOSTILE),
        Pages.code(sheet, new CodeForm(hidden, HOSTILE, hostile), Optional.of("'self'")),
        Pages.offerCodes(sheet, account, new CodesOffer(hidden, HOSTILE, HOSTILE.repeat(4))),
        Pages.recoveryCodes(sheet, account, List.of(HOSTILE)),
        Pages.applications(
            sheet,
            account,
            List.of(
                new AllowedApplication(
                    HOSTILE, HOSTILE, List.of(HOSTILE), NOW, Optional.of(NOW.plusSeconds(9))))),
        Pages.issued(
            sheet,
            account,
            new IssuedRows(
                List.of(
                    new IssuedRows.Row(
                        HOSTILE,
                        NOW,
                        HOSTILE,
                        HOSTILE,
                        HOSTILE,
                        HOSTILE,
                        NOW,
                        IssuedRows.State.VALID)),
                hostile,
                List.of(YearMonth.of(2026, 11)),
                Optional.empty(),
                hostile)),
        Pages.issuedToken(
            sheet,
            account,
            new IssuedToken(
                new IssuedRows.Row(
                    HOSTILE, NOW, HOSTILE, HOSTILE, HOSTILE, HOSTILE, NOW, IssuedRows.State.VALID),
                Optional.of(new IssuedToken.SignIn(NOW, HOSTILE, hostile)),
                List.of(new IssuedToken.Use(NOW, HOSTILE, HOSTILE, HOSTILE, HOSTILE)),
                true)));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void whatAStrangerWroteIsText(Page page) {
    String html = new String(page.html(), StandardCharsets.UTF_8);
    assertThat(html).contains("alert(1)").doesNotContain("<script>alert", "<b onload");
    assertThat(html).doesNotContain(" style=", " onclick=", "src=", "http://", "https://");
    // An attribute cannot be left: every quote of a value is written as a reference.
    assertThat(html).doesNotContain("\">&lt;script", "\"><script>alert", HOSTILE);
    String policy = page.headers().getOrDefault("Content-Security-Policy", "");
    assertThat(policy).startsWith("default-src 'none'").doesNotContain("unsafe", "alert");
    assertThat(html.contains("<script>")).isEqualTo(policy.contains("script-src"));
    // The console's one has every block in every look, with hostile text in each.
    assertThat(html.getBytes(StandardCharsets.UTF_8).length)
        .isLessThan(html.contains("stack console") ? 60_000 : 20_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"en", "de", "zh"})
  void everyTextIsThereInEveryLanguage(String language) {
    Messages messages = Messages.of(Locale.forLanguageTag(language));
    Messages english = Messages.of(Locale.ENGLISH);
    assertThat(new TreeSet<>(messages.keys())).isEqualTo(new TreeSet<>(english.keys()));
    for (String key : messages.keys()) {
      String said = messages.say(key, 3, 4, 5);
      // MessageFormat takes an apostrophe for a quote, and then says {0}.
      assertThat(said).as(key).doesNotContain("{", "'").isNotBlank();
      assertThat(arguments(messages, key)).as(key).isEqualTo(arguments(english, key));
    }
  }

  private static Set<String> arguments(Messages messages, String key) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = ARGUMENT.matcher(messages.text(key));
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void theBrowsersLanguageIsTakenWhereThereIsOne() {
    assertThat(Messages.accepted("fr, de-AT;q=0.8").language()).isEqualTo("de");
    assertThat(Messages.accepted("zh-CN").language()).isEqualTo("zh");
    assertThat(Messages.accepted("fr").language()).isEqualTo("en");
    assertThat(Messages.accepted("").language()).isEqualTo("en");
    assertThat(Messages.accepted("not, a;q=language;;").language()).isEqualTo("en");
    assertThat(Messages.accepted("de,".repeat(200)).language()).isEqualTo("en");
  }

  @Test
  void agesAreInTheLargestUnitThatFits() {
    Messages messages = Messages.of(Locale.ENGLISH);
    assertThat(messages.ago(NOW, NOW.plusSeconds(59))).isEqualTo("a moment ago");
    assertThat(messages.ago(NOW, NOW.plusSeconds(60))).isEqualTo("1 minute ago");
    assertThat(messages.ago(NOW, NOW.plus(Duration.ofMinutes(119)))).isEqualTo("119 minutes ago");
    assertThat(messages.ago(NOW, NOW.plus(Duration.ofHours(40)))).isEqualTo("40 hours ago");
    assertThat(messages.ago(NOW, NOW.plus(Duration.ofDays(9)))).isEqualTo("9 days ago");
    assertThat(messages.ago(NOW, NOW.minus(Duration.ofMinutes(719)))).isEqualTo("in 12 hours");
  }

  /** Read as a telephone reads it. */
  @Test
  void aCodeOnATerminalIsRead() throws Exception {
    String link = "https://login.acme.example/enrol?invitation=" + "a-B_3".repeat(8) + "xyz";
    QrCode code = QrCode.of(link);
    List<String> lines =
        code.text().lines().map(line -> line.replaceAll("\u001b\\[[0-9;]*m", "")).toList();
    int size = code.size();
    assertThat(lines).hasSize((size + 1) / 2).allMatch(line -> line.length() == size);
    int scale = 4;
    int[] pixels = new int[size * size * scale * scale];
    for (int y = 0; y < size * scale; y++) {
      for (int x = 0; x < size * scale; x++) {
        char block = lines.get(y / scale / 2).charAt(x / scale);
        boolean isUpper = y / scale % 2 == 0;
        boolean isDark = block == '\u2588' || block == (isUpper ? '\u2580' : '\u2584');
        pixels[y * size * scale + x] = isDark ? 0 : 0xffffff;
      }
    }
    BinaryBitmap picture =
        new BinaryBitmap(
            new GlobalHistogramBinarizer(
                new RGBLuminanceSource(size * scale, size * scale, pixels)));
    assertThat(new QRCodeReader().decode(picture).getText()).isEqualTo(link);
  }
}
