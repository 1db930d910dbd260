package dev.counterfoil.drills.storm;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.TheftNotice.AffectedAccount;
import dev.counterfoil.drills.domain.IncidentReport;
import dev.counterfoil.drills.domain.IncidentReport.PresentedToken;
import dev.counterfoil.drills.mail.PolicyHook;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Act 4: from the report, one signed notice for each affected tenant, and a public statement whose
 * guess about the cause is marked as a guess and withdrawn in the open by the second version.
 */
final class TellingTheTruth {
  private static final String INCIDENT = "storm-0558-drill";
  private static final String CAUSE = "C3";

  /** A notice as it lies in a tenant's hands: a file, and the policy that the tenant had before. */
  private record Delivered(String tenant, String file, TrustPolicy policy) {
    SignedDisclosure read() throws FormatException {
      return SignedDisclosure.parse(file.getBytes(StandardCharsets.UTF_8));
    }
  }

  static void play(DrillRun run, Stage stage) throws Exception {
    run.act(4, "telling the truth");
    try (PolicyHook hook = stage.policyHook()) {
      AsItShouldBe.startServers(stage, hook);
      AsItShouldBe.observeAtBoth(run, "truth.honest-users-read", stage);
    }
    IncidentReport report = stage.report();
    List<Delivered> notices = new ArrayList<>();
    for (String tenant : report.affectedTenants()) {
      Disclosing by = stage.disclosing(domainOf(stage, tenant));
      TheftNotice notice = notice(run.now(), by.policy(), tenant, report);
      SignedDisclosure signed = by.sign(notice);
      notices.add(new Delivered(tenant, signed.text(), by.policy()));
      run.says(
          "notice for %s: %d accounts, signed by %s"
              .formatted(tenant, notice.affected().size(), by.policy().domain()));
    }
    Set<String> expected = new TreeSet<>();
    stage.users().forEach(user -> expected.add(user.tenant()));
    Set<String> told = new TreeSet<>();
    notices.forEach(notice -> told.add(notice.tenant()));
    run.observe(
        "truth.notice-for-each-tenant",
        told.equals(expected) && notices.size() == told.size(),
        "notices for " + String.join(", ", told),
        Map.of("notices", notices.size()));
    verifyOffline(run, stage, report, notices);
    refuseForgeries(run, notices);
    statement(run, stage, report);
  }

  private static TrustDomain domainOf(Stage stage, String tenant) {
    return stage.users().stream()
        .filter(user -> user.tenant().equals(tenant))
        .findFirst()
        .map(stage::domainOf)
        .orElseThrow(() -> new IllegalStateException("no domain has the tenant " + tenant));
  }

  private static TheftNotice notice(
      Instant now, TrustPolicy policy, String tenant, IncidentReport report) {
    Map<String, List<PresentedToken>> byAccount = new TreeMap<>();
    for (PresentedToken token : report.presentedUnsigned()) {
      if (token.tenant().equals(tenant)) {
        byAccount.computeIfAbsent(token.subject(), subject -> new ArrayList<>()).add(token);
      }
    }
    List<AffectedAccount> affected = new ArrayList<>();
    byAccount.forEach((subject, tokens) -> affected.add(account(subject, tokens)));
    return new TheftNotice(
        INCIDENT,
        policy.domain(),
        tenant,
        now.truncatedTo(ChronoUnit.SECONDS),
        report.revokedKeys(),
        affected,
        "Tokens for these accounts were forged with a stolen key, which is revoked. Where a service"
            + " let them in, take what the account could read as read. Check this notice with your"
            + " policy file, not with links in a message.");
  }

  private static AffectedAccount account(String subject, List<PresentedToken> tokens) {
    Instant first = tokens.getFirst().seenAt();
    Instant last = first;
    Set<String> all = new TreeSet<>();
    Set<String> letIn = new TreeSet<>();
    Set<String> services = new TreeSet<>();
    for (PresentedToken token : tokens) {
      first = token.seenAt().isBefore(first) ? token.seenAt() : first;
      last = token.seenAt().isAfter(last) ? token.seenAt() : last;
      services.add(token.service());
      // A token is told by its digest; sightings without one are each counted as a token.
      String name =
          token
              .digest()
              .map(Object::toString)
              .orElseGet(() -> token.service() + " " + token.seenAt());
      all.add(name);
      if (token.accepted()) {
        letIn.add(name);
      }
    }
    return new AffectedAccount(
        subject, first, last, all.size(), letIn.size(), List.copyOf(services));
  }

  private static void verifyOffline(
      DrillRun run, Stage stage, IncidentReport report, List<Delivered> notices)
      throws FormatException {
    List<String> verified = new ArrayList<>();
    long accounts = 0;
    for (Delivered notice : notices) {
      try {
        TheftNotice read = TheftNotice.verify(notice.read(), notice.policy(), notice.tenant());
        accounts += read.affected().size();
        if (read.keys().equals(report.revokedKeys())) {
          verified.add(notice.tenant());
        }
      } catch (DisclosureException e) {
        run.says("the notice for " + notice.tenant() + " is refused: " + e.getMessage());
      }
    }
    run.observe(
        "truth.notices-verify-offline",
        verified.size() == notices.size() && accounts == stage.users().size(),
        "%d of %d verified; they name %d accounts"
            .formatted(verified.size(), notices.size(), accounts),
        Map.of(
            "verified",
            verified.size(),
            "accounts",
            accounts,
            "files",
            notices.stream().map(Delivered::file).toList()));
  }

  private static void refuseForgeries(DrillRun run, List<Delivered> notices)
      throws FormatException {
    int tried = 0;
    List<String> refusals = new ArrayList<>();
    for (Delivered notice : notices) {
      SignedDisclosure good = notice.read();
      for (Delivered other : notices) {
        boolean changed = other.tenant().equals(notice.tenant());
        SignedDisclosure shown = changed ? withOneWordChanged(good) : good;
        tried++;
        try {
          TheftNotice.verify(shown, other.policy(), other.tenant());
        } catch (DisclosureException e) {
          refusals.add(changed ? "changed" : "for " + notice.tenant() + " at " + other.tenant());
        }
      }
    }
    run.observe(
        "truth.changed-notice-refused",
        tried > 0 && refusals.size() == tried,
        "%d of %d refused".formatted(refusals.size(), tried),
        Map.of("tried", tried, "refused", refusals.size()));
  }

  private static SignedDisclosure withOneWordChanged(SignedDisclosure good) throws FormatException {
    String[] parts = good.jws().split("\\.", -1);
    String text =
        new String(Base64Url.decode(parts[1]), StandardCharsets.UTF_8)
            .replace("take what", "forget what");
    String jws =
        parts[0] + "." + Base64Url.encode(text.getBytes(StandardCharsets.UTF_8)) + "." + parts[2];
    return new SignedDisclosure(jws, good.key(), good.receipt());
  }

  private static void statement(DrillRun run, Stage stage, IncidentReport report) throws Exception {
    Disclosing by = stage.disclosing(stage.consumer());
    Instant now = run.now().truncatedTo(ChronoUnit.SECONDS);
    List<Claim> claims = claims(report);
    PublicStatement first = PublicStatement.first(INCIDENT, by.policy().domain(), now, claims);
    SignedDisclosure one = by.sign(first);
    List<Claim> corrected = new ArrayList<>();
    for (Claim claim : claims) {
      corrected.add(
          claim.id().equals(CAUSE)
              ? claim.withdrawn(
                  "No dump was written: the key lay in a plain file of the signer's custody.")
              : claim);
    }
    corrected.add(
        Claim.confirmed(
            "C4",
            "The key was taken from the signer's custody, which kept it in a plain file.",
            List.of("the drill's own custody")));
    SignedDisclosure two = by.sign(first.next(one, now.plusSeconds(1), corrected));

    PublicStatement before = PublicStatement.verify(List.of(one), by.policy());
    PublicStatement after = PublicStatement.verify(List.of(one, two), by.policy());
    Claim.State was = before.claim(CAUSE).map(Claim::state).orElseThrow();
    Claim.State is = after.claim(CAUSE).map(Claim::state).orElseThrow();
    run.observe(
        "truth.hypothesis-withdrawn",
        was == Claim.State.HYPOTHESIS && is == Claim.State.WITHDRAWN && after.version() == 2,
        "claim %s was %s in version %d and is %s in version %d"
            .formatted(CAUSE, was, before.version(), is, after.version()));

    List<Claim> silent = claims.stream().filter(claim -> !claim.id().equals(CAUSE)).toList();
    boolean leftOut = refused(() -> first.next(one, now.plusSeconds(1), silent));
    boolean alone = refused(() -> PublicStatement.verify(List.of(two), by.policy()));
    run.observe(
        "truth.nothing-unsaid",
        leftOut && alone,
        "left out: %s; second alone: %s"
            .formatted(leftOut ? "refused" : "made", alone ? "refused" : "believed"));
  }

  private static List<Claim> claims(IncidentReport report) {
    Set<String> letIn = new TreeSet<>();
    report.presentedUnsigned().stream()
        .filter(PresentedToken::accepted)
        .forEach(token -> letIn.add(token.subject()));
    String log = "log " + report.log() + " sealed at " + report.size();
    return List.of(
        Claim.confirmed(
            "C1",
            "A signing key of this domain was used outside its signer. It is revoked.",
            List.of(log, "findings about key " + report.revokedKeys().getFirst())),
        Claim.confirmed(
            "C2",
            "Tokens forged with it opened %d mailboxes of %d tenants."
                .formatted(letIn.size(), report.affectedTenants().size()),
            List.of("events of the mail service", log)),
        Claim.hypothesis(
            CAUSE,
            "The key left the signer in a crash dump.",
            "A dump of the signer that holds the key."));
  }

  private interface Attempt {
    Object make() throws DisclosureException;
  }

  private static boolean refused(Attempt attempt) {
    try {
      attempt.make();
      return false;
    } catch (DisclosureException e) {
      return true;
    }
  }
}
