package dev.counterfoil.drills.rotation;

import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.format.keys.KeyStatement.Binding;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.process.settings.PurposeEntry;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A trust domain whose keys follow each other quickly, and what is asked of it. */
final class RotatingDomain implements AutoCloseable {
  static final String AUDIENCE = "archive";
  static final String TENANT = "acme";
  static final String SCOPE = "read";

  /** Life of the tokens that are asked for. */
  static final Duration LIFE = Duration.ofSeconds(30);

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
  private static final RequestContext CONTEXT =
      RequestContext.of("GET", URI.create("https://archive.example/"), "192.0.2.7");

  private final TrustPolicy policy;
  private final List<PurposeEntry> purposes;
  private final SignerClient signer;
  private final IssuerClient issuer;
  private final Credentials client;
  private final Verifier verifier;
  private final InstantSource clock;

  /**
   * Meets a domain that runs.
   *
   * @param purposes what its keys are for, access tokens first
   * @param serviceSocket its signer's, on which the authority asks for tokens
   * @param client who asks the authority
   */
  RotatingDomain(
      TrustPolicy policy,
      List<PurposeEntry> purposes,
      Path serviceSocket,
      Credentials client,
      InstantSource clock) {
    this.policy = policy;
    this.purposes = List.copyOf(purposes);
    this.signer = new SignerClient(serviceSocket);
    this.issuer = new IssuerClient(URI.create(policy.issuer()));
    this.client = client;
    this.verifier = Verifier.builder(policy).sightings(SightingSink.none()).clock(clock).build();
    this.clock = clock;
  }

  /** What a domain's keys are for: each purpose with a token type of its own. */
  static List<PurposeEntry> purposes(RotationPace pace) {
    List<PurposeEntry> purposes = new ArrayList<>();
    for (int number = 0; number < pace.purposes(); number++) {
      boolean access = number == 0;
      purposes.add(
          new PurposeEntry(
              access ? "access" : "purpose-" + number,
              List.of(access ? Expectations.ACCESS_TOKEN : "drill" + number + "+jwt"),
              pace.algorithms(),
              List.of(),
              List.of(),
              // The installation's own clients want access tokens of the domain's usual life.
              access ? Optional.empty() : Optional.of(LIFE),
              Optional.of(pace.usage(number)),
              pace.reserve(),
              Duration.ZERO,
              Binding.NONE,
              number % 2 == 0 ? Publication.ORDINARY : Publication.SIGNATURE_ONLY,
              List.of(),
              List.of()));
    }
    return purposes;
  }

  String name() {
    return policy.domain();
  }

  TrustPolicy policy() {
    return policy;
  }

  /** A purpose's token type. */
  String tokenType(int purpose) {
    return purposes.get(purpose).tokenTypes().getFirst();
  }

  /** The JWK set that a purpose's keys stand in. */
  URI jwks(int purpose) {
    return issuer.endpoint(
        switch (purposes.get(purpose).publication()) {
          case ORDINARY -> "/jwks";
          case SIGNATURE_ONLY -> "/signature-only/jwks";
        });
  }

  /**
   * Whether everything runs, and the first key of every ring is published. A ring's first key signs
   * as soon as it is stated: who fetches the JWK set just then has no use for it.
   */
  boolean isReady() throws IOException, InterruptedException {
    return verifier.isReady()
        && signer.isConnected()
        && isPublished("/jwks", Publication.ORDINARY)
        && isPublished("/signature-only/jwks", Publication.SIGNATURE_ONLY);
  }

  private boolean isPublished(String path, Publication publication)
      throws IOException, InterruptedException {
    int rings =
        purposes.stream()
            .filter(purpose -> purpose.publication() == publication)
            .mapToInt(purpose -> purpose.algorithms().size())
            .sum();
    // Only first keys: the second ones are made when all of them sign.
    return rings == 0 || issuer.text(path).split("\"kid\"", -1).length > rings;
  }

  /** An access token of the authority's, over HTTP. */
  String overHttp() throws IOException, InterruptedException {
    return issuer.token(client, SCOPE);
  }

  /** A token of any purpose, asked for as the authority asks. */
  String fromSigner(int purpose, String algorithm) throws IOException, InterruptedException {
    IssueRequest request =
        new IssueRequest(
            tokenType(purpose),
            TENANT,
            client.id(),
            client.id(),
            List.of(AUDIENCE),
            SCOPE,
            (int) LIFE.toSeconds(),
            null,
            null,
            new IssueRequest.Ground("drill", ""),
            "local",
            clock.millis(),
            algorithm,
            null);
    try {
      if (signer.ask(request, ANSWER_WITHIN) instanceof Answer.Issued issued) {
        return issued.token();
      }
      throw new IOException("the signer of " + name() + " refuses a token");
    } catch (SignerUnavailableException e) {
      throw new IOException("the signer of " + name() + " does not answer", e);
    }
  }

  /** Why our verifier refuses a token; empty when it does not. */
  Optional<String> refusal(String token, String tokenType) {
    Expectations expectations =
        Expectations.audience(AUDIENCE).tokenType(tokenType).tenant(TENANT).bearerAllowed();
    return switch (verifier.verify(token, expectations, CONTEXT)) {
      case Verified _ -> Optional.empty();
      case Unrecorded _ -> Optional.of("unrecorded");
      case Refused refused -> Optional.of(refused.code().text() + ": " + refused.reason());
    };
  }

  @Override
  public void close() {
    verifier.close();
    issuer.close();
    signer.close();
  }
}
