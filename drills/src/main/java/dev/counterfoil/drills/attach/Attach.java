package dev.counterfoil.drills.attach;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.drills.attach.RealmClient.Tokens;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keycloak beside Counterfoil: a stolen realm key is worth nothing, and honest people notice
 * nothing.
 */
public final class Attach extends Drill {
  private static final int RELEASED = 5;

  private final Path keycloaks;
  private final Path jar;

  /**
   * The drill.
   *
   * @param keycloaks a Keycloak's folder, or one in which its folder lies
   * @param jar the jar for its {@code providers/}
   */
  public Attach(Path keycloaks, Path jar) {
    super("attach");
    this.keycloaks = keycloaks;
    this.jar = jar;
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    Optional<Path> keycloak = AttachedKeycloak.find(keycloaks);
    if (keycloak.isEmpty()) {
      throw new IOException(
          "there is no Keycloak in "
              + keycloaks
              + ". In a clone, ./counterfoil drill attach fetches it (176 MB, from Maven Central);"
              + " elsewhere unpack keycloak-26.7.3.zip there, or name its folder with --keycloak");
    }
    run.says("starting " + keycloak.get().getFileName() + ", which takes half a minute or more");
    AttachStage stage = new AttachStage(run, keycloak.get(), jar);
    Set<String> honest = new LinkedHashSet<>();
    asAlways(run, stage, honest);
    theft(run, stage, honest);
    doorAway(run, stage, honest);

    run.act(4, "and everybody else");
    String log = stage.keycloaksLog();
    boolean says = log.contains("The record door is away") && log.contains("is reachable");
    boolean silent = !log.contains("eyJ") && !log.contains("PRIVATE KEY");
    run.observe(
        "attach.log",
        says && silent,
        (says ? "it says so" : "it does not say so")
            + (silent ? ", and no token" : ", and contains a token or a key"));
    Tokens after = stage.person();
    honest.addAll(List.of(after.access(), stage.program().access()));
    honest.add(stage.refreshed(after).access());
    List<String> refused = stage.refused(honest);
    run.observe("attach.honest-after", refused.isEmpty(), counted(honest.size(), refused));
    Set<Hash> digests = new HashSet<>();
    honest.forEach(token -> digests.add(digest(token)));
    Map<Hash, SeenFinding> about = stage.desk().about(digests);
    run.observe(
        "attach.no-false-alarm",
        about.isEmpty(),
        "%d of %d honest tokens have a finding".formatted(about.size(), digests.size())
            + (about.isEmpty() ? "" : ": " + about.values()));
  }

  private static void asAlways(DrillRun run, AttachStage stage, Set<String> honest)
      throws Exception {
    run.act(1, "as always");
    Tokens person = stage.person();
    Tokens refreshed = stage.refreshed(person);
    honest.addAll(List.of(stage.program().access(), person.access(), refreshed.access()));
    List<String> refused = stage.refused(honest);
    boolean id = stage.isRecorded(digest(person.id())) && stage.isRecorded(digest(refreshed.id()));
    run.observe(
        "attach.recorded",
        refused.isEmpty() && id,
        counted(3, refused) + "; ID tokens " + (id ? "recorded" : "not recorded"));

    stage.rotate();
    String next = stage.program().access();
    Verification early = stage.verify(next);
    run.observe(
        "attach.next-key-unconfirmed",
        early instanceof Refused no && no.code() == RefusalCode.KEY_UNKNOWN,
        said(early));
    stage.confirmKeys();
    honest.add(next);
    honest.add(stage.person().access());
    Await.comes(() -> stage.refused(honest).isEmpty());
    List<String> still = stage.refused(honest);
    run.observe("attach.next-key", still.isEmpty(), counted(honest.size(), still));
  }

  private static void theft(DrillRun run, AttachStage stage, Set<String> honest) throws Exception {
    run.act(2, "a thief has the realm's first key");
    String real = honest.iterator().next();
    String forged =
        stage.stolen().forged(real, claims -> claims.put("sub", "the-director").put("jti", "x"));
    boolean perfect = hasValidSignature(forged, stage.publishedKeys());
    run.observe(
        "attach.signature-is-perfect",
        perfect,
        perfect ? "valid by the realm's own key set" : "not valid");
    Verification answer = stage.verify(forged);
    run.observe(
        "attach.refused",
        answer instanceof Refused no && no.code() == RefusalCode.DIGEST_UNKNOWN,
        said(answer));
    Hash digest = digest(forged);
    Map<Hash, SeenFinding> found = stage.desk().await(Set.of(digest));
    SeenFinding finding = found.get(digest);
    run.observe(
        "attach.found",
        finding != null && !finding.kid().isEmpty(),
        finding == null ? "no finding" : finding.kind() + " under key " + finding.kid());
  }

  private static void doorAway(DrillRun run, AttachStage stage, Set<String> honest)
      throws Exception {
    run.act(3, "the record is away");
    stage.stopDoor();
    Set<String> released = new LinkedHashSet<>();
    List<Integer> refusals = new ArrayList<>();
    try {
      Await.comes(
          () -> {
            try {
              released.add(stage.program().access());
            } catch (RealmClient.RefusedException e) {
              refusals.add(e.status());
            }
            return refusals.size() >= 2;
          });
    } finally {
      stage.continueDoor();
    }
    run.observe(
        "attach.away-released",
        released.size() >= RELEASED,
        released.size() + " tokens within " + AttachStage.RELEASE_FOR.toSeconds() + " s");
    run.observe(
        "attach.away-refused",
        refusals.size() >= 2 && refusals.getLast() == 503,
        "after that: status " + refusals);
    boolean flows = Await.comes(stage::flows);
    boolean empty = Await.comes(() -> stage.kept() == 0);
    Await.comes(() -> stage.refused(released).isEmpty());
    List<String> refused = stage.refused(released);
    run.observe(
        "attach.late", flows && empty && refused.isEmpty(), counted(released.size(), refused));
    honest.addAll(released);
  }

  private static String counted(int shown, List<String> refused) {
    return "%d of %d accepted".formatted(shown - refused.size(), shown)
        + (refused.isEmpty() ? "" : "; refused: " + refused);
  }

  private static String said(Verification answer) {
    return switch (answer) {
      case Refused no -> "refused as " + no.code().text();
      case Verified yes -> "accepted, of " + yes.issuer();
      default -> answer.getClass().getSimpleName();
    };
  }

  /** As a service with a usual JWT library has it. */
  private static boolean hasValidSignature(String token, String jwks)
      throws ParseException, JOSEException {
    SignedJWT jwt = SignedJWT.parse(token);
    var key = JWKSet.parse(jwks).getKeyByKeyId(jwt.getHeader().getKeyID());
    return key != null && jwt.verify(new RSASSAVerifier(key.toRSAKey()));
  }

  static Hash digest(String token) {
    String input = token.substring(0, token.lastIndexOf('.'));
    return Hash.sha256(input.getBytes(StandardCharsets.US_ASCII));
  }
}
