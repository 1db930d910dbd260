package dev.counterfoil.process.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Binding;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A purpose as it is configured; what is left out is as for the whole domain. */
public record PurposeEntry(
    @Meaning("Its name: a to z, 0 to 9 and hyphens, such as access, id, events.") String name,
    @Meaning(
            "Token types that its keys sign, such as at+jwt. A type belongs to only"
                + " one purpose. Without: the process's token-types.")
        List<String> tokenTypes,
    @Meaning(
            "Signature algorithms, each with its own keys. The first is used if a"
                + " request names none. Without: ES256.")
        List<String> algorithms,
    @Meaning("Tenants that its keys may sign for. Without: the process's tenants.")
        List<String> tenants,
    @Meaning("Services that its keys may sign for. Without: the process's audiences.")
        List<String> audiences,
    @Meaning("Longest lifetime of a token. Without: the process's life-max.")
        @Bounds(min = "1s", max = "1h")
        Optional<Duration> lifeMax,
    @Meaning("How long a key signs before the next one takes over. Without: the process's.")
        @Bounds(min = "4s", max = "365d")
        Optional<Duration> usagePeriod,
    @Meaning("How much longer a key could sign. Without: the process's.")
        @Bounds(min = "1s", max = "365d")
        Optional<Duration> usageReserve,
    @Meaning(
            "How long receivers may verify a token by its key, if longer than the"
                + " token's life, as for security event tokens.")
        @Default("0s")
        @Bounds(min = "0s", max = "30d")
        Duration deliveryWindow,
    @Meaning("Whether each token must be bound to a key of its client.") @Default("none")
        Binding binding,
    @Meaning(
            "The JWKS that contains the keys: the ordinary one, or the one for"
                + " services that check only signatures.")
        @Default("ordinary")
        Publication publication,
    @Meaning(
            "Services that read no key log. Their tokens name a published list (a"
                + " Token Status List) that shows whether they are revoked; [\"*\"] for all."
                + " Without: none.")
        List<String> statusList,
    @Meaning(
            "Claims that its tokens may have beside those that the signer composes, such as"
                + " groups; [\"*\"] for any. Without: those that an authority of this version asks"
                + " for.")
        List<String> claims) {
  public PurposeEntry {
    tokenTypes = List.copyOf(tokenTypes);
    algorithms = List.copyOf(algorithms);
    tenants = List.copyOf(tenants);
    audiences = List.copyOf(audiences);
    statusList = List.copyOf(statusList);
    claims = List.copyOf(claims);
    if (!KeyStatement.isPurpose(name)) {
      throw new IllegalArgumentException(
          "a purpose's name has 1 to 32 of a-z, 0-9 and hyphen, and begins with a letter");
    }
  }

  /** Access tokens under the domain's own settings. */
  public static PurposeEntry access() {
    return of(KeyStatement.ACCESS, List.of(), List.of(), List.of());
  }

  /** Tokens of some types under the domain's own settings for all that is not said here. */
  public static PurposeEntry of(
      String name, List<String> tokenTypes, List<String> algorithms, List<String> audiences) {
    return new PurposeEntry(
        name,
        tokenTypes,
        algorithms,
        List.of(),
        audiences,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ZERO,
        Binding.NONE,
        Publication.ORDINARY,
        List.of(),
        List.of());
  }
}
