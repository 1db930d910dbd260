package dev.counterfoil.process.settings;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Binding;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.format.keys.KeyStatement.Ring;
import dev.counterfoil.format.keys.KeyStatement.Violation;
import dev.counterfoil.format.keys.PublicJwk.Algorithm;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What some of a domain's keys are for. A token type belongs to one purpose, so that a key of one
 * can never vouch for a token of another.
 *
 * @param name of its rings
 * @param tokenTypes {@code typ} values
 * @param algorithms in the order of preference; each has a ring of keys
 * @param tenants whom they serve
 * @param audiences for which services
 * @param lifeMax longest life of a token
 * @param schedule their times
 * @param binding whether tokens must be bound
 * @param publication in which JWKS they stand
 * @param statusList services whose tokens say where it is published whether they are revoked
 * @param claims what tokens may say beside what the signer composes
 */
public record Purpose(
    String name,
    AllowList tokenTypes,
    List<Algorithm> algorithms,
    AllowList tenants,
    AllowList audiences,
    Duration lifeMax,
    KeySchedule schedule,
    Binding binding,
    Publication publication,
    AllowList statusList,
    AllowList claims) {
  /** What an authority asks for, so that a captured one can have nothing else said. */
  static final AllowList CLAIMS = new AllowList(false, IssueRequest.USUAL_CLAIMS);

  public Purpose {
    algorithms = List.copyOf(algorithms);
  }

  /** One of the usual claims. */
  public Purpose(
      String name,
      AllowList tokenTypes,
      List<Algorithm> algorithms,
      AllowList tenants,
      AllowList audiences,
      Duration lifeMax,
      KeySchedule schedule,
      Binding binding,
      Publication publication,
      AllowList statusList) {
    this(
        name,
        tokenTypes,
        algorithms,
        tenants,
        audiences,
        lifeMax,
        schedule,
        binding,
        publication,
        statusList,
        CLAIMS);
  }

  /** A further claim of a request that its tokens may not have; empty when there is none. */
  public Optional<String> deniedClaim(IssueRequest request) {
    @Nullable JsonObject more = request.moreClaims();
    return more == null || claims.any()
        ? Optional.empty()
        : more.names().stream().filter(name -> !claims.allows(name)).findFirst();
  }

  /** Whether what is requested says where its status is published: one audience asks for it. */
  public boolean publishesStatus(IssueRequest request) {
    return (statusList.any() || !statusList.names().isEmpty())
        && request.audiences().stream().anyMatch(statusList::allows);
  }

  /** Its rings, that of the first algorithm first. */
  public List<Ring> rings() {
    return algorithms.stream().map(algorithm -> new Ring(name, algorithm)).toList();
  }

  /** Whether a key is for what this purpose says now. */
  public boolean fits(KeyStatement key) {
    return key.purpose().equals(name)
        && key.tokenTypes().equals(tokenTypes)
        && key.tenants().equals(tenants)
        && key.audiences().equals(audiences)
        && key.lifeMax().equals(lifeMax)
        && key.binding() == binding
        && key.publication() == publication;
  }

  /** Whether a key would be stated as it is if it were prepared now, but for its place in time. */
  public boolean wouldState(KeyStatement key) {
    return fits(key)
        && key.successorLead().equals(schedule.propagation())
        && key.activeFrom().plus(schedule.window()).equals(key.activeUntil())
        && key.activeUntil().plus(schedule.afterlife()).equals(key.verifyUntil());
  }

  /**
   * What keeps a token from being for this purpose as it is configured now; a key that was stated
   * before may say more.
   */
  public Optional<Violation> violation(IssueRequest request) {
    if (!tenants.allows(request.tenant())) {
      return Optional.of(Violation.TENANT);
    }
    for (String audience : request.audiences()) {
      if (!audiences.allows(audience)) {
        return Optional.of(Violation.AUDIENCE);
      }
    }
    if (request.lifeSeconds() > lifeMax.toSeconds()) {
      return Optional.of(Violation.LIFE);
    }
    return binding == Binding.REQUIRED && request.confirmation() == null
        ? Optional.of(Violation.BINDING)
        : Optional.empty();
  }
}
