package dev.counterfoil.directory;

import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a person lets a client do.
 *
 * @param subject the person
 * @param clientId the client, up to 128 characters
 * @param scopes scope values (RFC 6749 3.3), up to 64
 * @param at when the person agreed, to the millisecond
 * @param until the first instant at which it counts no more
 */
public record Consent(
    String subject, String clientId, Set<String> scopes, Instant at, Optional<Instant> until) {
  private static final Pattern SCOPE_VALUE =
      Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,128}");

  private static final int SCOPES_MAX = 64;
  private static final int CLIENT_ID_MAX = 128;

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public Consent {
    scopes = Collections.unmodifiableSortedSet(new TreeSet<>(scopes));
    if (clientId.isEmpty() || clientId.length() > CLIENT_ID_MAX) {
      throw new IllegalArgumentException("a client id has 1 to 128 characters");
    }
    if (scopes.size() > SCOPES_MAX
        || !scopes.stream().allMatch(scope -> SCOPE_VALUE.matcher(scope).matches())) {
      throw new IllegalArgumentException(
          "at most 64 scope values, each of 1 to 128 characters of RFC 6749 3.3");
    }
  }

  /** Whether it covers everything that is asked for, at a time. */
  public boolean covers(Set<String> asked, Instant now) {
    return scopes.containsAll(asked) && until.map(now::isBefore).orElse(true);
  }
}
