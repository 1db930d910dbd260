package dev.counterfoil.assess;

import dev.counterfoil.assess.key.KeyPeriod;
import dev.counterfoil.assess.token.SampleToken;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What to look at beside the issuer itself.
 *
 * @param moreIssuers other issuers of the same owner: their keys should have nothing in common with
 *     the first one's
 * @param deployedKeySets key sets that services load instead of, or beside, the issuer's own:
 *     {@code file:} or {@code http(s):} addresses
 * @param tokens sample tokens of the issuers
 * @param observations file in which keys and their first-seen times are kept from run to run;
 *     created when missing
 * @param keyPeriod the yardstick for key age
 */
public record Options(
    List<URI> moreIssuers,
    List<URI> deployedKeySets,
    List<SampleToken> tokens,
    Optional<Path> observations,
    KeyPeriod keyPeriod) {

  public Options {
    moreIssuers = List.copyOf(moreIssuers);
    deployedKeySets = List.copyOf(deployedKeySets);
    tokens = List.copyOf(tokens);
  }

  /** Nothing but the issuer, measured with the most lenient yardstick. */
  public static Options none() {
    return new Options(
        List.of(), List.of(), List.of(), Optional.empty(), KeyPeriod.ONE_ORGANISATION);
  }

  public Options comparedWith(URI... issuers) {
    return new Options(
        joined(moreIssuers, List.of(issuers)), deployedKeySets, tokens, observations, keyPeriod);
  }

  public Options withDeployedKeySets(URI... keySets) {
    return new Options(
        moreIssuers, joined(deployedKeySets, List.of(keySets)), tokens, observations, keyPeriod);
  }

  public Options withTokens(List<SampleToken> more) {
    return new Options(moreIssuers, deployedKeySets, joined(tokens, more), observations, keyPeriod);
  }

  public Options rememberingIn(Path file) {
    return new Options(moreIssuers, deployedKeySets, tokens, Optional.of(file), keyPeriod);
  }

  public Options measuredFor(KeyPeriod period) {
    return new Options(moreIssuers, deployedKeySets, tokens, observations, period);
  }

  private static <T> List<T> joined(List<T> some, List<T> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }
}
