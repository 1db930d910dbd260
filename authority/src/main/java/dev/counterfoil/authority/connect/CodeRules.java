package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.connect.grants.Grant;
import dev.counterfoil.authority.http.Form;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether a client that brings a code or refresh token is the one that it was made for. Pure. */
public final class CodeRules {
  /** RFC 7636 4.1. */
  private static final Pattern VERIFIER = Pattern.compile("[A-Za-z0-9._~-]{43,128}");

  private CodeRules() {}

  /**
   * Why a code is not taken from a client.
   *
   * @param key thumbprint of the key that the request proved; null for none
   * @return empty when it is taken
   */
  public static Optional<String> objection(
      Grant.Allowed allowed, Client client, Form form, @Nullable String key) {
    if (!allowed.clientId().equals(client.id())) {
      return Optional.of("the code is none of this client");
    }
    Optional<String> redirect = form.value("redirect_uri");
    boolean isRedirectNeeded = allowed.challenge().isEmpty();
    if (redirect.isEmpty() ? isRedirectNeeded : !redirect.get().equals(allowed.redirectUri())) {
      return Optional.of("redirect_uri is another than at the authorization endpoint");
    }
    Optional<String> verifier = form.value("code_verifier");
    if (allowed.challenge().isPresent() != verifier.isPresent()) {
      // RFC 9700 2.1.1: one without a challenge is a downgrade.
      return Optional.of("code_verifier and code_challenge go together (RFC 7636)");
    }
    if (verifier.isPresent() && !isSame(verifier.get(), allowed.challenge().orElse(""))) {
      return Optional.of("code_verifier is not the one of code_challenge (RFC 7636 4.6)");
    }
    if (allowed.key().isPresent() && !allowed.key().equals(Optional.ofNullable(key))) {
      return Optional.of("the code is bound to another key (RFC 9449 10)");
    }
    return Optional.empty();
  }

  private static boolean isSame(String verifier, String challenge) {
    byte[] hash =
        Hash.sha256(verifier.getBytes(StandardCharsets.US_ASCII))
            .base64Url()
            .getBytes(StandardCharsets.US_ASCII);
    return VERIFIER.matcher(verifier).matches()
        && MessageDigest.isEqual(hash, challenge.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * The scope of a refreshed access token: what was allowed, or less (RFC 6749 6).
   *
   * @return empty when more is asked for than was allowed
   */
  public static Optional<String> narrowed(Grant.Allowed allowed, Form form) {
    Optional<String> asked = form.value("scope");
    if (asked.isEmpty()) {
      return Optional.of(allowed.scope());
    }
    for (String value : asked.get().split(" ", -1)) {
      if (!allowed.hasScope(value)) {
        return Optional.empty();
      }
    }
    return asked;
  }
}
