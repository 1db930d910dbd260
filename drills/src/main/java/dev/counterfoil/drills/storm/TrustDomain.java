package dev.counterfoil.drills.storm;

import com.nimbusds.jose.JOSEException;
import dev.counterfoil.drills.domain.DpopKey;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.MailTokenCheck;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.TokenGate;
import dev.counterfoil.drills.mail.VerifierGate;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.Verifier;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A trust domain of the throwaway installation. */
final class TrustDomain implements AutoCloseable {
  /** The mail system's name for itself: the audience of tokens for mail. */
  static final String AUDIENCE = "mail";

  /** What its users' clients ask for. */
  static final String SCOPE = "mail";

  private final ThrowawayInstallation installation;
  private final TrustPolicy policy;
  private final IssuerClient issuer;
  private final InstantSource clock;
  private final MailClients clients;
  private final Verifier verifier;
  private final Set<Hash> issued = new HashSet<>();

  /**
   * Meets a domain that runs.
   *
   * @param policy what its verifiers start from
   * @param neighbour the policy of the other domain
   * @param clients its users' and the mail system's
   */
  TrustDomain(
      ThrowawayInstallation installation,
      TrustPolicy policy,
      TrustPolicy neighbour,
      MailClients clients,
      InstantSource clock) {
    this.installation = installation;
    this.policy = policy;
    this.issuer = new IssuerClient(URI.create(policy.issuer()));
    this.clients = clients;
    this.clock = clock;
    this.verifier =
        Verifier.builder(policy)
            .neighbour(neighbour)
            .sightings(installation.desk().sink(policy.issuer()))
            .clock(clock)
            .build();
  }

  /** Its name, such as {@code consumer}. */
  String name() {
    return policy.domain();
  }

  /** Its issuer URL. */
  URI issuer() {
    return issuer.issuer();
  }

  /** A token that the domain issued to a user, for mail. */
  String token(MailUser user) throws IOException, InterruptedException {
    return remember(issuer.token(credentials(user.name()), SCOPE));
  }

  /** The same, bound to a key of the user's. */
  String token(MailUser user, DpopKey key) throws IOException, InterruptedException {
    try {
      String proof = key.proof("POST", issuer.endpoint("/token"));
      return remember(issuer.token(credentials(user.name()), SCOPE, proof));
    } catch (JOSEException e) {
      throw new IOException("no proof of possession could be made", e);
    }
  }

  /** Whether it issues tokens at this time. */
  boolean isIssuing() throws InterruptedException {
    try {
      remember(issuer.token(clients.users().values().iterator().next(), SCOPE));
      return true;
    } catch (IOException e) {
      // While its signer starts the authority answers 503, and that is what was asked.
      return false;
    }
  }

  /** Every key in the domain's public key set, as any service fetches it. */
  List<DovecotKeys.Key> publishedKeys() throws IOException, InterruptedException {
    return issuer.keys();
  }

  /** Keys whose time has come and has not passed, and which nobody withdrew, by the key log. */
  List<DovecotKeys.Key> keysWithinTheirTime() throws IOException, InterruptedException {
    KeySet set = installation.keySet(name());
    Instant now = clock.instant();
    Set<String> takenBack = new HashSet<>(set.withdrawnKeys());
    set.revokedKeys().forEach(revoked -> takenBack.add(revoked.kid()));
    List<DovecotKeys.Key> keys = new ArrayList<>();
    for (KeyStatement key : set.keys()) {
      if (now.isBefore(key.verifyUntil()) && !takenBack.contains(key.kid())) {
        keys.add(new DovecotKeys.Key(key.kid(), jwk(key)));
      }
    }
    return keys;
  }

  /** How a mail server asks this domain's authority about tokens. */
  MailTokenCheck.ByIntrospection introspection() {
    return new MailTokenCheck.ByIntrospection(
        issuer.endpoint("/introspect"), clients.mailSystem().id(), clients.mailSystem().secret());
  }

  /** A service's verifier, which reports sightings to the monitor. */
  TokenGate verifier(TokenGate.Binding binding) throws IOException, InterruptedException {
    Await.require("the key set of " + name(), verifier::isReady);
    return new VerifierGate(verifier, AUDIENCE, binding);
  }

  /** Digests of every token that was issued to this drill. */
  Set<Hash> issued() {
    return Set.copyOf(issued);
  }

  @Override
  public void close() {
    verifier.close();
    issuer.close();
  }

  /** A statement's key as a JWK with its name. */
  static String jwk(KeyStatement key) {
    return jwk(key.jwk().toJson(), key.kid());
  }

  /** A key's members as a JWK with its name. */
  static String jwk(JsonObject members, String kid) {
    JsonObject.Builder jwk = JsonObject.builder();
    for (String name : members.names()) {
      jwk.put(name, String.valueOf(members.get(name)));
    }
    return jwk.put("kid", kid).put("alg", "ES256").put("use", "sig").build().toString();
  }

  private Credentials credentials(String user) {
    Credentials found = clients.users().get(user);
    if (found == null) {
      throw new IllegalArgumentException(user + " is no client of " + name());
    }
    return found;
  }

  private String remember(String token) {
    issued.add(MailAttempts.digest(token));
    return token;
  }
}
