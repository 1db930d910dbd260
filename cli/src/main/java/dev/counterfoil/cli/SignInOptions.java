package dev.counterfoil.cli;

import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.SignInTerms;
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
        nonceInsteadOfPkce == null ? before.nonceInsteadOfPkce() : nonceInsteadOfPkce);
  }
}
