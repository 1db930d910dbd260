package dev.counterfoil.authority.clients;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * What a client uses of OpenID Connect and OAuth beyond the code flow; the names are registered.
 *
 * @param backChannelLogoutUri where it is told that a session ended (OpenID Connect Back-Channel
 *     Logout 1.0, 2.2)
 * @param backChannelLogoutSessionRequired whether it wants the {@code sid} then, which it gets
 *     always
 * @param pushedRequestsRequired whether it has to push what it asks (RFC 9126 6)
 * @param userinfoAlgorithm JOSE name of the algorithm that its userinfo is signed with; empty for
 *     plain JSON
 * @param groups when its tokens say which groups a person is in
 */
public record ProtocolTerms(
    Optional<String> backChannelLogoutUri,
    boolean backChannelLogoutSessionRequired,
    boolean pushedRequestsRequired,
    Optional<String> userinfoAlgorithm,
    GroupsClaim groups) {
  /** Nothing of it. */
  public static final ProtocolTerms NONE =
      new ProtocolTerms(Optional.empty(), false, false, Optional.empty());

  private static final String LOGOUT_URI = "backchannel_logout_uri";
  private static final String SESSION_REQUIRED = "backchannel_logout_session_required";
  private static final String PUSHED_REQUIRED = "require_pushed_authorization_requests";
  private static final String USERINFO_ALGORITHM = "userinfo_signed_response_alg";
  private static final String GROUPS_CLAIM = "groups_claim";

  static final List<String> MEMBERS =
      List.of(LOGOUT_URI, SESSION_REQUIRED, PUSHED_REQUIRED, USERINFO_ALGORITHM, GROUPS_CLAIM);

  /** Of a client whose tokens say no groups. */
  public ProtocolTerms(
      Optional<String> backChannelLogoutUri,
      boolean backChannelLogoutSessionRequired,
      boolean pushedRequestsRequired,
      Optional<String> userinfoAlgorithm) {
    this(
        backChannelLogoutUri,
        backChannelLogoutSessionRequired,
        pushedRequestsRequired,
        userinfoAlgorithm,
        GroupsClaim.NEVER);
  }

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public ProtocolTerms {
    if (backChannelLogoutUri.isPresent()
        && !RedirectUris.isReachableByServer(backChannelLogoutUri.get())) {
      throw new IllegalArgumentException(
          "back-channel logout URI "
              + backChannelLogoutUri.get()
              + " is none: use https, or http on 127.0.0.1, [::1] or localhost; no fragment, no"
              + " user, at most 512 characters");
    }
    if (backChannelLogoutSessionRequired && backChannelLogoutUri.isEmpty()) {
      throw new IllegalArgumentException(
          "a client that wants the sid in logout tokens has a back-channel logout URI");
    }
    if (userinfoAlgorithm.isPresent()
        && !SignInTerms.ID_TOKEN_ALGORITHMS.contains(userinfoAlgorithm.get())) {
      throw new IllegalArgumentException("the algorithm of userinfo is RS256 or ES256");
    }
  }

  /** The same, whose tokens say groups. */
  public ProtocolTerms saying(GroupsClaim other) {
    return new ProtocolTerms(
        backChannelLogoutUri,
        backChannelLogoutSessionRequired,
        pushedRequestsRequired,
        userinfoAlgorithm,
        other);
  }

  /** Adds what is not as by default. */
  void put(JsonObject.Builder json) {
    backChannelLogoutUri.ifPresent(uri -> json.put(LOGOUT_URI, uri));
    if (backChannelLogoutSessionRequired) {
      json.put(SESSION_REQUIRED, true);
    }
    if (pushedRequestsRequired) {
      json.put(PUSHED_REQUIRED, true);
    }
    userinfoAlgorithm.ifPresent(algorithm -> json.put(USERINFO_ALGORITHM, algorithm));
    if (groups != GroupsClaim.NEVER) {
      json.put(GROUPS_CLAIM, groups.text());
    }
  }

  static ProtocolTerms parse(JsonObject json) throws FormatException {
    return new ProtocolTerms(
        json.optionalString(LOGOUT_URI),
        json.has(SESSION_REQUIRED) && json.truth(SESSION_REQUIRED),
        json.has(PUSHED_REQUIRED) && json.truth(PUSHED_REQUIRED),
        json.optionalString(USERINFO_ALGORITHM),
        json.has(GROUPS_CLAIM) ? GroupsClaim.of(json.string(GROUPS_CLAIM)) : GroupsClaim.NEVER);
  }
}
