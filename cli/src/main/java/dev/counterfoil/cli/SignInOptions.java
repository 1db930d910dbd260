package dev.counterfoil.cli;

import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.format.bytes.FormatException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a client may that signs people in, as it is named on the command line. */
final class SignInOptions {
  @Option(
      names = "--redirect-uri",
      paramLabel = "URI",
      description =
          "Where people's browsers go back to: the client signs people in. Compared as it stands,"
              + " but for the port of 127.0.0.1 and [::1]. May be repeated.")
  private @Nullable List<String> redirectUris;

  @Option(
      names = "--post-logout-redirect-uri",
      paramLabel = "URI",
      description = "Where browsers may go after signing out. May be repeated.")
  private @Nullable List<String> postLogoutRedirectUris;

  @Option(
      names = "--refresh",
      negatable = true,
      description =
          "Whether it gets refresh tokens for people (default: yes, for a client that signs people"
              + " in).")
  private @Nullable Boolean refresh;

  @Option(
      names = "--acts-for-itself",
      negatable = true,
      description =
          "Whether it also gets tokens in its own name with client_credentials (default: only a"
              + " client that signs nobody in).")
  private @Nullable Boolean actsForItself;

  @Option(
      names = "--id-token-algorithm",
      paramLabel = "ALG",
      description = "Algorithm of its ID tokens: RS256, the default, or ES256.")
  private @Nullable String idTokenAlgorithm;

  @Option(
      names = "--nonce-instead-of-pkce",
      negatable = true,
      description =
          "Whether a client with a secret or key, whose library has no PKCE, may send a nonce"
              + " instead.")
  private @Nullable Boolean nonceInsteadOfPkce;

  @Option(
      names = "--backchannel-logout-uri",
      paramLabel = "URI",
      description =
          "Where the authority tells the client that a person's session ended (OpenID Connect"
              + " Back-Channel Logout); none to tell it no more.")
  private @Nullable String logoutUri;

  @Option(
      names = "--backchannel-logout-session",
      negatable = true,
      description = "Whether the client relies on the sid in logout tokens. It is always there.")
  private @Nullable Boolean logoutSession;

  @Option(
      names = "--require-par",
      negatable = true,
      description =
          "Whether the client has to push what it asks people for (RFC 9126), so that browsers"
              + " cannot change it.")
  private @Nullable Boolean pushes;

  @Option(
      names = "--userinfo-algorithm",
      paramLabel = "ALG",
      description =
          "Algorithm by which its userinfo is signed: RS256 or ES256; none for plain JSON, the"
              + " default.")
  private @Nullable String userinfoAlgorithm;

  @Option(
      names = "--groups",
      paramLabel = "WHEN",
      description =
          "When its tokens say which groups a person is in: never, scope (it asks for the scope"
              + " groups) or always (default: never).")
  private @Nullable String groups;

  /**
   * What was before, changed by what is named.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  SignInTerms changed(SignInTerms before) {
    List<String> redirects = redirectUris == null ? before.redirectUris() : redirectUris;
    boolean signsIn = !redirects.isEmpty();
    boolean isSame = signsIn == before.any();
    Set<GrantType> types = EnumSet.noneOf(GrantType.class);
    if (signsIn) {
      types.add(GrantType.AUTHORIZATION_CODE);
    }
    if (refresh == null
        ? signsIn && (!isSame || before.grantTypes().contains(GrantType.REFRESH_TOKEN))
        : refresh) {
      types.add(GrantType.REFRESH_TOKEN);
    }
    if (actsForItself == null
        ? (isSame ? before.grantTypes().contains(GrantType.CLIENT_CREDENTIALS) : !signsIn)
        : actsForItself) {
      types.add(GrantType.CLIENT_CREDENTIALS);
    }
    return new SignInTerms(
        types,
        redirects,
        postLogoutRedirectUris == null ? before.postLogoutRedirectUris() : postLogoutRedirectUris,
        idTokenAlgorithm == null ? before.idTokenAlgorithm() : Optional.of(idTokenAlgorithm),
        nonceInsteadOfPkce == null ? before.nonceInsteadOfPkce() : nonceInsteadOfPkce,
        changed(before.protocol()));
  }

  private ProtocolTerms changed(ProtocolTerms before) {
    Optional<String> uri = changed(before.backChannelLogoutUri(), logoutUri);
    return new ProtocolTerms(
        uri,
        logoutSession == null
            ? uri.isPresent() && before.backChannelLogoutSessionRequired()
            : logoutSession,
        pushes == null ? before.pushedRequestsRequired() : pushes,
        changed(before.userinfoAlgorithm(), userinfoAlgorithm),
        groups == null ? before.groups() : when(groups));
  }

  private static Optional<String> changed(Optional<String> before, @Nullable String named) {
    return named == null ? before : named.equals("none") ? Optional.empty() : Optional.of(named);
  }

  private static GroupsClaim when(String text) {
    try {
      return GroupsClaim.of(text);
    } catch (FormatException e) {
      throw new IllegalArgumentException("--groups is never, scope or always", e);
    }
  }
}
