package dev.counterfoil.disclosure.desk;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.note.NoteKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the disclosure process's configuration file says. */
public record DisclosureConfiguration(
    @Meaning("The domain's trust policy. The process speaks for this domain.") Path policy,
    @Meaning(
            "Origin of the disclosure log: a URL without its scheme, such as"
                + " `login.example/disclosure`. It stays for life.")
        String origin,
    @Meaning("Folder of the keys and of the record. Never restore it from a copy.") @Default(".")
        Path folder,
    @Meaning("Folder of what is published, for any web server. It has the log's read side, too.")
        Path publicFolder,
    @Meaning("Address under which readers know that folder. Notices name it.") String publicAddress,
    @Meaning("Where operators' commands come in.") UnixSocketPath adminSocket,
    @Meaning("Unix users that may connect; without any: the process's own.")
        List<String> adminUsers,
    @Meaning(
            "Where the console asks for the notices of a tenant's people, and for the operators'"
                + " desk. Without it they see neither there.")
        Optional<UnixSocketPath> tenantSocket,
    @Meaning("Unix users that may connect there: the console's; without any: the process's own.")
        List<String> tenantUsers,
    @Meaning("URL of the monitor, which receives each command as an audit event.")
        @Default("http://127.0.0.1:8481")
        URI monitorUrl,
    @Meaning(
            "Its client at the issuer, with the scopes `counterfoil:audit-report` and"
                + " `counterfoil:tell-notices`.")
        @Default("counterfoil-disclosure")
        String clientId,
    @Meaning("The private JWK (EC, P-256) with which that client proves itself.")
        SecretFile clientKey,
    @Meaning("Whether publishing and notices wait for the approval of another operator.")
        @Default("true")
        boolean secondPerson,
    @Meaning("File with the security contacts of tenants. It is read when the process starts.")
        Optional<Path> contacts,
    @Meaning("Files with clock rules of your own, such as contracts.") List<Path> clocks,
    @Meaning("The mail relay. Without it no notice goes out by mail.") Optional<Mail> mail,
    @Meaning(
            "Who is called about deadlines: when a claim must be corrected, a day before each"
                + " deadline, and when one passed.")
        Optional<OnDutyPeople> onDuty,
    @Meaning("Networks of your own that webhooks may be in, such as `10.0.0.0/8`.")
        List<String> outboundNetworks,
    @Meaning("How long a notice waits for a person's acknowledgement before it escalates.")
        @Default("24h")
        @Bounds(min = "1m", max = "30d")
        Duration escalateAfter) {
  /** A mail relay. */
  public record Mail(
      @Meaning("The relay, which signs what passes with the domain's DKIM key.") HostPort server,
      @Meaning("The sender's address.") String from,
      @Meaning("Whether the relay must be spoken to by STARTTLS.") @Default("true")
          boolean startTls) {}

  /** People on duty. */
  public record OnDutyPeople(
      @Meaning("Their addresses. The mail goes out by the relay in `mail`.") List<String> mail,
      @Meaning("Webhook of a paging service, which gets JSON with `type`, `id` and `text`.")
          Optional<URI> webhook) {
    public OnDutyPeople {
      mail = List.copyOf(mail);
      if (mail.isEmpty() && webhook.isEmpty()) {
        throw new IllegalArgumentException("on-duty names mail addresses, a webhook, or both");
      }
      webhook.ifPresent(url -> SecureUrl.require("on-duty.webhook", url));
    }
  }

  public DisclosureConfiguration {
    adminUsers = List.copyOf(adminUsers);
    tenantUsers = List.copyOf(tenantUsers);
    clocks = List.copyOf(clocks);
    outboundNetworks = List.copyOf(outboundNetworks);
    SecureUrl.require("monitor-url", monitorUrl);
    if (mail.isEmpty() && onDuty.filter(people -> !people.mail().isEmpty()).isPresent()) {
      throw new IllegalArgumentException("on-duty.mail needs mail, the relay by which it goes out");
    }
    if (!NoteKey.isName(origin)) {
      throw new IllegalArgumentException(
          "origin must be 1 to 255 characters without white space and plus signs");
    }
  }
}
