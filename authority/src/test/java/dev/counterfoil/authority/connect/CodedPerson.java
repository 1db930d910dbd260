package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.util.encoders.Base32;

/** A person who has a password, and one-time codes of an app (RFC 6238). */
final class CodedPerson {
  private static final Pattern SECRET = Pattern.compile("id=\"secret\">([A-Z2-7 ]+)<");
  private static final int STEP_SECONDS = 30;

  private final String username;
  private final byte[] secret;
  private final long confirmed;

  /** Adds the person, who has their app confirmed with the code of the step before this one. */
  CodedPerson(RunningDomain domain, String username) throws Exception {
    this.username = username;
    domain.admin.people().add("acme", username, username, Optional.empty());
    TestBrowser browser = TestBrowser.enrolled(domain, username);
    HttpResponse<String> offer = browser.open("/account/codes");
    Matcher found = SECRET.matcher(offer.body());
    assertThat(found.find()).as(offer.body()).isTrue();
    secret = Base32.decode(found.group(1).replace(" ", ""));
    confirmed = now() - 1;
    assertThat(browser.submit(offer, "/codes/add", Map.of("code", code(confirmed))).body())
        .contains("recovery-code");
  }

  private static long now() {
    return Instant.now().getEpochSecond() / STEP_SECONDS;
  }

  /** The first step whose code was not used. */
  long step() {
    return confirmed + 1;
  }

  private String code(long step) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA1");
    mac.init(new SecretKeySpec(secret, "HmacSHA1"));
    byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
    int truncated = ByteBuffer.wrap(hash).getInt(hash[hash.length - 1] & 0xF) & 0x7FFF_FFFF;
    return "%06d".formatted(truncated % 1_000_000);
  }

  /** A browser whose person typed the right password, and is asked for a code. */
  Asked asked(RunningDomain at) throws Exception {
    TestBrowser browser = new TestBrowser(at);
    HttpResponse<String> page =
        browser.submit(
            browser.open("/sign-in"),
            Map.of("username", username, "password", TestBrowser.PASSWORD));
    assertThat(page.body()).contains("id=\"code\"");
    return new Asked(browser, page);
  }

  /** A page that asks for a code. */
  final class Asked {
    private final TestBrowser browser;
    private final HttpResponse<String> page;

    private Asked(TestBrowser browser, HttpResponse<String> page) {
      this.browser = browser;
      this.page = page;
    }

    /** Types the code of a step; 303 is the answer to one that counts. */
    HttpResponse<String> type(long step) throws Exception {
      return browser.submit(page, Map.of("code", code(step)));
    }
  }
}
