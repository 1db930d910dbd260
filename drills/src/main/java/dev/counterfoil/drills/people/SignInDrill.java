package dev.counterfoil.drills.people;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.drills.people.WebApplication.Tokens;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** People sign in, see what is issued in their name, and end it; thieves are found. */
public final class SignInDrill extends Drill {
  private static final String SCOPE = "openid profile orders:read offline_access";

  public SignInDrill() {
    super("sign-in");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    PeopleStage stage = new PeopleStage(run);
    Browser browser = stage.browser(run, "ann");
    browser.plugIn();
    Tokens first = signedIn(run, stage, browser);
    ownTokens(run, stage, browser, first);
    stolenRefreshToken(run, stage, browser);
    stolenSession(run, stage, browser);
  }

  private static Tokens signedIn(DrillRun run, PeopleStage stage, Browser browser)
      throws Exception {
    run.act(1, "a person arrives");
    browser.open(stage.invitation());
    browser.click("#make-passkey");
    Await.require(
        "a page after the passkey", () -> !browser.address().getPath().startsWith("/enrol"));
    browser.open(stage.page("/account"));
    boolean made = browser.has("#passkeys tbody tr");
    browser.open(stage.invitation());
    boolean again = browser.has("#make-passkey");
    run.observe(
        "sign-in.enrolled",
        made && !again,
        (made ? "a passkey" : "no passkey")
            + (again ? ", and the invitation works again" : ", and the invitation is over"));

    browser.forgetCookies();
    Tokens tokens = sign(stage, browser);
    run.observe(
        "sign-in.signed-in",
        !tokens.id().isEmpty() && !tokens.refresh().isEmpty(),
        "an access token"
            + (tokens.id().isEmpty() ? "" : ", an ID token")
            + (tokens.refresh().isEmpty() ? "" : ", a refresh token"));
    SignedJWT id = SignedJWT.parse(tokens.id());
    String objection = objection(stage, browser, id);
    run.observe(
        "sign-in.id-token",
        objection.isEmpty(),
        objection.isEmpty() ? "RS256, of " + id.getJWTClaimsSet().getIssuer() : objection);
    Verification answer = stage.verify(tokens.access());
    run.observe("sign-in.accepted", answer instanceof Verified, said(answer));
    return tokens;
  }

  /** Signs in by passkey where the browser is not signed in, and consents where it is asked. */
  private static Tokens sign(PeopleStage stage, Browser browser) throws Exception {
    browser.open(stage.application().begin(SCOPE));
    // Chromium may offer the passkey by itself, as it does beside the field of the username.
    Await.require(
        "a passkey that signs in",
        () -> {
          browser.clickIfShown("#use-passkey");
          return browser.has("#accept") || browser.has("#welcome");
        });
    if (browser.has("#accept")) {
      browser.click("#accept");
    }
    return stage.application().finish();
  }

  private static String objection(PeopleStage stage, Browser browser, SignedJWT id)
      throws Exception {
    JWTClaimsSet claims = id.getJWTClaimsSet();
    browser.open(stage.page("/jwks"));
    @Nullable JWK key = JWKSet.parse(browser.text()).getKeyByKeyId(id.getHeader().getKeyID());
    if (key == null || !id.verify(new RSASSAVerifier(key.toRSAKey()))) {
      return "no key of the issuer signed it";
    }
    return stage.subject().equals(claims.getSubject())
            && claims.getAudience().contains("shop")
            && stage.application().nonce().equals(claims.getStringClaim("nonce"))
        ? ""
        : "it is of another person, application or question";
  }

  private static void ownTokens(DrillRun run, PeopleStage stage, Browser browser, Tokens tokens)
      throws Exception {
    run.act(2, "the person looks");
    String access = row(tokens.access());
    String id = row(tokens.id());
    Await.comes(
        Duration.ofSeconds(15),
        () -> {
          browser.open(stage.page("/account/issued"));
          return browser.has(access) && browser.has(id);
        });
    run.observe(
        "sign-in.seen",
        browser.has(access) && browser.has(id),
        (browser.has(access) ? "the access token" : "no access token")
            + (browser.has(id) ? " and the ID token" : " and no ID token"));
    Instant from = Instant.now();
    browser.click(access + " button[value=not-me]");
    refused(run, "sign-in.revoked", stage.untilRefused(tokens.access(), from));
    boolean found = stage.isFound("token-disowned", "");
    run.observe("sign-in.disowned", found, found ? "token-disowned" : "no finding");
    JsonObject origin = stage.origin(SignedJWT.parse(tokens.access()).getJWTClaimsSet().getJWTID());
    boolean signedIn =
        origin.optionalObject("sign_in").filter(stated -> stated.has("event")).isPresent();
    boolean allowed = !origin.objects("given").isEmpty();
    run.observe(
        "sign-in.traced",
        signedIn && allowed,
        (signedIn ? "the sign-in" : "no sign-in") + (allowed ? " and the consent" : ""));
  }

  private static String row(String token) throws ParseException {
    return "tr[data-token='" + SignedJWT.parse(token).getJWTClaimsSet().getJWTID() + "']";
  }

  private static void refused(DrillRun run, String expectation, Optional<Duration> after) {
    run.observe(
        expectation,
        after.filter(time -> time.compareTo(PeopleStage.KNOWN_WITHIN) <= 0).isPresent(),
        after
            .map(time -> "refused after %.1f s".formatted(time.toMillis() / 1000.0))
            .orElse("still accepted"));
  }

  private static void stolenRefreshToken(DrillRun run, PeopleStage stage, Browser browser)
      throws Exception {
    run.act(3, "a thief has a refresh token");
    Tokens tokens = sign(stage, browser);
    Tokens next = stage.application().refresh(tokens.refresh());
    Tokens last = stage.application().refresh(next.refresh());
    Verification answer = stage.verify(last.access());
    run.observe("sign-in.refreshed", answer instanceof Verified, said(answer));
    Instant from = Instant.now();
    String thief;
    try {
      thief = stage.application().refresh(tokens.refresh()).access();
    } catch (WebApplication.RefusedException e) {
      thief = "";
    }
    Optional<Duration> after = stage.untilRefused(last.access(), from);
    if (thief.isEmpty()) {
      refused(run, "sign-in.stolen-refresh", after);
    } else {
      run.observe("sign-in.stolen-refresh", false, "the thief has a token");
    }
    browser.open(stage.page("/account/issued"));
    boolean shown = browser.has(row(last.access()) + " .tag.bad");
    run.observe("sign-in.shown-ended", shown, shown ? "it shows as revoked" : "it shows as valid");
    boolean found = stage.isFound("credential-reused", "refresh token");
    run.observe("sign-in.stolen-refresh-found", found, found ? "credential-reused" : "no finding");
  }

  private static void stolenSession(DrillRun run, PeopleStage stage, Browser browser)
      throws Exception {
    run.act(4, "a thief has the session");
    browser.open(stage.page("/account"));
    String stolen = session(stage, browser);
    if (stolen.isEmpty()) {
      throw new IOException("the person has no session to steal");
    }
    Browser thief = stage.browser(run, "thief");
    thief.takeCookies(browser.cookies());
    PeopleStage.letSessionsTurn();
    // The first page brings the next secret, and the second one shows that it came.
    thief.open(stage.page("/account"));
    thief.open(stage.page("/account"));
    if (!thief.has("#passkeys")) {
      throw new IOException("the thief was never signed in");
    }
    PeopleStage.letSessionsTurn();
    browser.open(stage.page("/account"));
    thief.open(stage.page("/account"));
    // With the passkey at hand the person may be signed in again already.
    boolean person = browser.has("#passkeys") && session(stage, browser).equals(stolen);
    boolean other = thief.has("#passkeys");
    run.observe(
        "sign-in.stolen-session",
        !person && !other,
        (other ? "the thief is signed in" : "the thief is signed out")
            + (person ? ", and so is the person, who notices nothing" : ", and so is the person"));
    boolean found = stage.isFound("credential-reused", "session");
    run.observe("sign-in.stolen-session-found", found, found ? "credential-reused" : "no finding");
    Verification answer = stage.verify(sign(stage, browser).access());
    run.observe("sign-in.again", answer instanceof Verified, said(answer));
  }

  /** Which session a browser is in: the part of its cookie that stays. */
  private static String session(PeopleStage stage, Browser browser)
      throws IOException, InterruptedException {
    return browser.cookie("counterfoil." + stage.issuer().getPort() + "-session")
        .split("\\.", 2)[0];
  }

  private static String said(Verification answer) throws IOException {
    return switch (answer) {
      case Refused no -> "refused as " + no.code().text();
      case Verified yes -> "accepted, as " + yes.subject();
      default -> answer.getClass().getSimpleName();
    };
  }
}
