package dev.counterfoil.drills.insider;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.domain.IssuerClient;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.DovecotSettings;
import dev.counterfoil.drills.mail.DovecotSettings.Staff;
import dev.counterfoil.drills.mail.ImapReader;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.Mailboxes;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.shipping.DovecotEvents;
import dev.counterfoil.operations.shipping.EventShipping;
import dev.counterfoil.operations.shipping.IntakeClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A trust domain whose people have mail on a real Dovecot, which reports to the audit log, and two
 * administrators of that Dovecot.
 */
final class MailStage {
  static final String TENANT = "acme";
  private static final String DOMAIN = "main";
  private static final String SERVICE = "mail";
  private static final String REPORTER = "dovecot";
  private static final String REPORT_SCOPE = "counterfoil:audit-report";
  private static final String MONITOR = "counterfoil-monitor";
  private static final int MESSAGES = 20;

  private final DrillRun run;
  private final ThrowawayInstallation installation;
  private final IssuerClient issuer;
  private final MonitorAdmin operator;
  private final DovecotServer dovecot;
  private final HttpClient http = HttpClient.newHttpClient();
  private final URI events;
  private final Credentials reporter;
  private final Map<String, Credentials> people = new HashMap<>();

  /**
   * Puts it together.
   *
   * @param owners of mailboxes
   * @param staff who may read all of them
   */
  MailStage(DrillRun run, List<String> owners, List<Staff> staff) throws Exception {
    this.run = run;
    DovecotServer.requireInstalled();
    List<Integer> ports = FreePorts.find(2);
    installation =
        new ThrowawayInstallation(
            run,
            List.of(
                new InstallationConfiguration.Domain(
                    DOMAIN,
                    ThrowawayInstallation.issuer(ports.getFirst()),
                    ThrowawayInstallation.listen(ports.getFirst()),
                    List.of(TENANT),
                    List.of(SERVICE),
                    Duration.ofMinutes(15),
                    Duration.ofHours(24),
                    Map.of(),
                    List.of())),
            ports.get(1),
            Programs.ofThisProcess());
    issuer = run.open(new IssuerClient(ThrowawayInstallation.issuer(ports.getFirst())));
    Await.require("a signer", () -> issuer.health().contains("\"connected\":true"));
    operator = new MonitorAdmin(installation.data().monitor().resolve("admin.sock"));
    events = URI.create("http://127.0.0.1:" + ports.get(1) + "/audit/v1/events");
    reporter =
        installation.register(
            DOMAIN,
            ClientRegistration.withSecret(
                REPORTER, TENANT, List.of(MONITOR), List.of(REPORT_SCOPE)));
    List<MailUser> users = new ArrayList<>();
    for (String owner : owners) {
      users.add(new MailUser(owner, DOMAIN, TENANT));
      people.put(
          owner,
          installation.register(
              DOMAIN,
              ClientRegistration.withSecret(owner, TENANT, List.of(SERVICE), List.of(SERVICE))));
    }
    Mailboxes mail =
        Mailboxes.seed(run.folder().resolve("mail"), users, MESSAGES, 7, run.clock().instant());
    dovecot = run.open(DovecotServer.inFolder(run.folder().resolve("dovecot"), mail.folder()));
    dovecot.keys().trust(issuer.keys());
    dovecot.start(DovecotSettings.local().with(staff));
  }

  /** An owner reads their own mailbox with a token; how many messages. */
  int reads(String owner) throws Exception {
    Credentials credentials = people.get(owner);
    if (credentials == null) {
      throw new IllegalArgumentException("no mailbox of " + owner);
    }
    return messages(
        new ImapReader(dovecot.address())
            .read(owner, issuer.token(credentials, SERVICE), Integer.MAX_VALUE));
  }

  /** An administrator reads another's mailbox; how many messages. */
  int reads(Staff staff, String owner) throws Exception {
    return messages(new ImapReader(dovecot.address()).readAsStaff(owner, staff, Integer.MAX_VALUE));
  }

  private static int messages(ImapReader.Result result) throws IOException {
    return switch (result) {
      case ImapReader.Result.Read read -> read.messageIds().size();
      case ImapReader.Result.Refused refused ->
          throw new IOException("the mail server refuses: " + refused.reason());
    };
  }

  /** Begins a task in the name of the Unix user that runs the drill. */
  void beginTask(String reason) throws IOException {
    operator.staffTasks(
        "staff-begin",
        JsonObject.builder()
            .put("domain", DOMAIN)
            .put("tenant", TENANT)
            .put("reason", reason)
            .put("life", 600)
            .build(),
        line -> {});
  }

  /** Ships what the mail server has written, until all of it is recorded. */
  void ship() throws IOException, InterruptedException {
    new EventShipping(
            dovecot.events(),
            run.folder().resolve("shipped.json"),
            new DovecotEvents(TENANT, "imap"),
            DOMAIN + "/" + REPORTER,
            Duration.ZERO,
            this::send,
            run.clock(),
            run::says)
        .run(() -> false);
  }

  private Optional<String> send(byte[] ndjson) throws IOException, InterruptedException {
    String token = issuer.token(reporter, REPORT_SCOPE);
    JsonObject answer = new IntakeClient(http, _ -> token, events).send(ndjson);
    try {
      return EventShipping.refused(answer);
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood", e);
    }
  }

  /** Everything that the audit log has of the tenant, in the order of its recording. */
  List<JsonObject> recorded() throws IOException {
    List<JsonObject> found = new ArrayList<>();
    String[] end = {"connection"};
    operator.auditStream(
        DOMAIN,
        TENANT,
        JsonObject.builder().build(),
        false,
        line -> {
          @Nullable Object event = line.get("event");
          if (event instanceof JsonObject one) {
            found.add(one);
          } else if (line.get("ends") instanceof String how) {
            end[0] = how;
          }
        });
    if (!end[0].equals("all")) {
      throw new IOException("the answer broke off: " + end[0]);
    }
    return found;
  }
}
