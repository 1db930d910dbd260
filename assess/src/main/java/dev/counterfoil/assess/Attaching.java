package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.assess.finding.MetadataFinding;
import dev.counterfoil.assess.key.IssuerView;
import dev.counterfoil.assess.key.PublishedKey;
import dev.counterfoil.assess.token.ParsedToken;
import dev.counterfoil.assess.token.TokenChecks;
import java.net.URI;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * What it would change to record an issuer's tokens here and leave it everything else
 * (docs/integrate/attached-issuers.md).
 *
 * @param changes what is different from then on
 * @param before what the issuer's operator has to change first; empty when nothing is known
 * @param commands lines for a shell, in their order; words in capitals are for the operator to fill
 *     in. What an issuer or a token chose stands in them quoted, or not at all
 */
public record Attaching(List<String> changes, List<String> before, List<String> commands) {
  /** Which of an issuer's documents say that it records its tokens already. */
  private static final String OUR_KEY_LOG = "counterfoil_key_log_uri";

  private static final String KEYCLOAKS_PATH = "/protocol/openid-connect/token";
  private static final Set<String> ALGORITHMS =
      Set.of("RS256", "ES256", "EdDSA", "Ed25519", "ML-DSA-44");
  private static final int RSA_BITS_MIN = 2048;
  private static final Duration LIFE_UNLESS_SAID = Duration.ofMinutes(15);
  private static final int AUDIENCES_MAX = 10;
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.:/@%+=-]{1,200}");

  /** Findings about what a statement of each key, and a record of each token, put right. */
  private static final List<String> ANSWERED =
      List.of(MetadataFinding.INTROSPECTION_MISSING.id(), KeyFinding.KEY_SCOPE_UNSTATED.id());

  public Attaching {
    changes = List.copyOf(changes);
    before = List.copyOf(before);
    commands = List.copyOf(commands);
  }

  /**
   * Of an issuer; empty when nothing of it could be read, or when it records its tokens already.
   *
   * @param samples tokens of it
   */
  static Optional<Attaching> of(
      IssuerView issuer, List<ParsedToken.Signed> samples, List<AssessmentFinding> findings) {
    if (issuer.keySet().isEmpty()
        || issuer.metadata().filter(document -> document.has(OUR_KEY_LOG)).isPresent()) {
      return Optional.empty();
    }
    List<PublishedKey> signing = issuer.keySet().get().signingKeys();
    List<PublishedKey> others = signing.stream().filter(key -> !canBeConfirmed(key)).toList();
    Duration life = longestLife(samples);
    return Optional.of(
        new Attaching(
            changes(signing.size() - others.size(), life, findings),
            before(issuer.url(), others, samples),
            commands(issuer, samples, life)));
  }

  private static List<String> changes(int keys, Duration life, List<AssessmentFinding> findings) {
    List<String> changes = new ArrayList<>();
    changes.add(
        "It keeps its keys, its users and its clients, and hands in a digest of each token.");
    changes.add(
        "A token that was forged with its stolen key ("
            + Printable.counted(keys, "key")
            + " can be confirmed today) is refused by every service that checks the record, and is"
            + " a finding within seconds.");
    changes.add("A key that nobody confirmed does not count, even if this issuer publishes it.");
    changes.add(
        "Each key counts for the tenants and audiences that you name, and for tokens that live"
            + " no longer than "
            + TokenChecks.inWords(life)
            + ".");
    String answered =
        findings.stream()
            .map(AssessmentFinding::id)
            .filter(ANSWERED::contains)
            .distinct()
            .map(id -> "`" + id + "`")
            .collect(Collectors.joining(", "));
    if (!answered.isEmpty()) {
      changes.add("Of the findings above it answers " + answered + ".");
    }
    changes.add(
        "It does not help against a token that was issued and then stolen, and not where a service"
            + " checks signatures alone.");
    return changes;
  }

  private static List<String> before(
      URI issuer, List<PublishedKey> others, List<ParsedToken.Signed> samples) {
    List<String> before = new ArrayList<>();
    if (!Fetcher.isHttps(issuer) && !Fetcher.isInward(issuer)) {
      before.add(
          "Serve the issuer over https: without it, only an issuer on this host is attached.");
    }
    if (!others.isEmpty()) {
      before.add(
          "Sign with RS256 (2048 bits or more), ES256, EdDSA or ML-DSA-44. Not confirmed can be "
              + others.stream().map(PublishedKey::name).collect(Collectors.joining(", "))
              + ".");
    }
    if (samples.stream().anyMatch(token -> Json.texts(token.claims(), "aud").isEmpty())) {
      before.add("Have each token name its service in aud: without it, it is refused.");
    }
    return before;
  }

  private static List<String> commands(
      IssuerView issuer, List<ParsedToken.Signed> samples, Duration life) {
    String url = quoted(issuer.url().toString()).orElse("ISSUER_URL");
    List<String> commands = new ArrayList<>();
    commands.add(
        "counterfoil client add SOURCE --make-key --tenant TENANT --audience COUNTERFOIL_URL"
            + " --scope counterfoil:record");
    if (isKeycloak(issuer)) {
      commands.add("cp counterfoil-keycloak.jar KEYCLOAK/providers/");
      commands.add("# in keycloak.conf:");
      commands.add("#   spi-counterfoil--record--issuer=COUNTERFOIL_URL");
      commands.add("#   spi-counterfoil--record--client=SOURCE");
      commands.add("#   spi-counterfoil--record--key-file=SOURCE.jwk");
    } else {
      commands.add("# beside the issuer; other ways are in docs/integrate/record-door.md:");
      commands.add("counterfoil record --client SOURCE --follow DIGESTS");
    }
    commands.add("# with the trial root of 'counterfoil up', name it in attached-issuers instead:");
    commands.add(
        "counterfoil root delegate --request REQUEST.json --attach "
            + url
            + " --out CEREMONY.json");
    StringBuilder attach =
        new StringBuilder("counterfoil keys attach ").append(url).append(" --tenant TENANT");
    Set<String> audiences =
        samples.stream()
            .flatMap(token -> Json.texts(token.claims(), "aud").stream())
            .flatMap(name -> quoted(name).stream())
            .limit(AUDIENCES_MAX)
            .collect(Collectors.toCollection(TreeSet::new));
    (audiences.isEmpty() ? Set.of("SERVICE") : audiences)
        .forEach(audience -> attach.append(" --audience ").append(audience));
    if (samples.stream().anyMatch(token -> type(token).equals("at+jwt"))) {
      attach.append(" --type at+jwt");
    }
    if (life.compareTo(LIFE_UNLESS_SAID) > 0) {
      attach.append(" --life-max ").append(life.toSeconds());
    }
    commands.add(attach.toString());
    return commands;
  }

  private static String type(ParsedToken.Signed token) {
    return Json.text(token.header(), "typ").orElse("");
  }

  private static Duration longestLife(List<ParsedToken.Signed> samples) {
    return samples.stream()
        .flatMap(token -> TokenChecks.life(token.claims()).stream())
        .filter(life -> life.compareTo(LIFE_UNLESS_SAID) > 0)
        .max(Duration::compareTo)
        .orElse(LIFE_UNLESS_SAID);
  }

  private static boolean isKeycloak(IssuerView issuer) {
    return issuer
        .metadata()
        .flatMap((ObjectNode document) -> Json.text(document, "token_endpoint"))
        .filter(endpoint -> endpoint.endsWith(KEYCLOAKS_PATH))
        .isPresent();
  }

  /** As {@code keys attach} takes keys, as far as the entry shows it; the command decides. */
  private static boolean canBeConfirmed(PublishedKey key) {
    if (key.algorithm().filter(one -> !ALGORITHMS.contains(one)).isPresent()
        || !key.secrets().isEmpty()) {
      return false;
    }
    return switch (key.material()) {
      case PublishedKey.Material.Public one when one.curve().isPresent() ->
          one.curve().get().equals("P-256") || one.curve().get().equals("Ed25519");
      case PublishedKey.Material.Public one ->
          one.key()
              .filter(RSAPublicKey.class::isInstance)
              .filter(rsa -> ((RSAPublicKey) rsa).getModulus().bitLength() >= RSA_BITS_MIN)
              .isPresent();
      case PublishedKey.Material.UnknownType _ -> key.type().equals("AKP");
      case PublishedKey.Material.Symmetric _,
          PublishedKey.Material.BrokenExponent _,
          PublishedKey.Material.Unreadable _ ->
          false;
    };
  }

  /** For a shell, where that is safe: a stranger chose it. */
  private static Optional<String> quoted(String text) {
    return PLAIN.matcher(text).matches() && !text.startsWith("-")
        ? Optional.of(text)
        : Optional.empty();
  }
}
