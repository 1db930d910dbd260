package dev.counterfoil.signin.passwords;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.signin.attempts.Attempts;
import dev.counterfoil.signin.attempts.AttemptsElsewhere;
import dev.counterfoil.signin.browser.KnownBrowsers;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * How often passwords may be tried. Strangers share what an account allows them; a browser at which
 * the person signed in before has attempts of its own, and a passkey needs none: so nobody locks
 * anyone out. An account that does not exist has the same limits.
 */
public final class PasswordLimits {
  private static final int KEYS_MAX = 100_000;

  private final KnownBrowsers known;
  private final Attempts byAddress;
  private final Attempts byAccount;
  private final Attempts byKnown;

  public PasswordLimits(KnownBrowsers known, AttemptsElsewhere elsewhere, InstantSource clock) {
    this.known = known;
    this.byAddress =
        new Attempts("password-address", elsewhere, 30, Duration.ofSeconds(10), KEYS_MAX, clock);
    this.byAccount =
        new Attempts("password-account", elsewhere, 10, Duration.ofSeconds(30), KEYS_MAX, clock);
    this.byKnown =
        new Attempts("password-known", elsewhere, 10, Duration.ofSeconds(10), KEYS_MAX, clock);
  }

  /** What other authorities have counted here, too. */
  public List<Attempts> all() {
    return List.of(byAddress, byAccount, byKnown);
  }

  public KnownBrowsers known() {
    return known;
  }

  /**
   * Takes an attempt; how long to wait when there is none now.
   *
   * @param username as it was typed, in lower case
   * @param subject of the account, where there is one
   * @param cookie of the browser
   * @param address from where
   */
  public Optional<Duration> take(
      String username, Optional<String> subject, Optional<String> cookie, String address) {
    if (isKnown(subject, cookie)) {
      return byKnown.take(key(username));
    }
    return byAddress.take(network(address)).or(() -> byAccount.take(key(username)));
  }

  /** The password was right: what was mistyped before does not count. */
  public void right(String username, Optional<String> subject, Optional<String> cookie) {
    if (isKnown(subject, cookie)) {
      byKnown.forget(key(username));
    }
  }

  private boolean isKnown(Optional<String> subject, Optional<String> cookie) {
    return subject.isPresent() && cookie.isPresent() && known.isOf(subject.get(), cookie.get());
  }

  private static String key(String username) {
    return Hash.sha256(username.getBytes(StandardCharsets.UTF_8)).base64Url();
  }

  /** An IPv6 network of 64 bits counts as one address: one customer has all of it. */
  public static String network(String address) {
    if (!address.contains(":")) {
      return address;
    }
    try {
      byte[] bytes = InetAddress.ofLiteral(address).getAddress();
      return bytes.length == 16 ? HexFormat.of().formatHex(bytes, 0, 8) : address;
    } catch (IllegalArgumentException e) {
      return address;
    }
  }
}
