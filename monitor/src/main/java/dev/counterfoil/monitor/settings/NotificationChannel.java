package dev.counterfoil.monitor.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Where findings are told: one webhook, OpenTelemetry receiver, syslog server or mail server. */
public record NotificationChannel(
    @Meaning("Its name, for people and in findings about the channel itself.") String name,
    @Meaning("Only findings of this severity or a greater one.") @Default("low") Severity severity,
    @Meaning("Only findings of these kinds; all where none is listed.") List<Kind> kinds,
    @Meaning(
            "How often it is checked while there is nothing to tell. A webhook and an"
                + " OpenTelemetry receiver receive a heartbeat; at a syslog or mail server a"
                + " connection is opened.")
        @Default("1h")
        @Bounds(min = "1s", max = "7d")
        Duration heartbeat,
    @Meaning("After how long without success the channel itself is a finding.")
        @Default("5m")
        @Bounds(min = "1s", max = "1d")
        Duration failingAfter,
    @Meaning("Tell it to a webhook.") Optional<Webhook> webhook,
    @Meaning("Tell it to an OpenTelemetry receiver, as log records (OTLP over HTTP, in JSON).")
        Optional<Otlp> otlp,
    @Meaning("Tell it to a syslog server (RFC 5424).") Optional<Syslog> syslog,
    @Meaning("Tell it by e-mail.") Optional<Mail> mail) {

  /** A webhook, signed in the manner of Standard Webhooks. */
  public record Webhook(
      @Meaning("Its URL: https, or http on this host. Redirects are not followed.") URI url,
      @Meaning(
              "A file with the secret of the signatures, `whsec_` and 24 to 64 bytes in base64."
                  + " While it is being rotated, a second line has the second secret.")
          SecretFile secret,
      @Meaning("Whether the evidence of a finding is sent too.") @Default("false")
          boolean evidence) {
    public Webhook {
      SecureUrl.require("key 'url':", url);
    }
  }

  /** A receiver of OpenTelemetry's log records. */
  public record Otlp(
      @Meaning(
              "Its URL, which usually ends with `/v1/logs`: https, or http on this host. Redirects"
                  + " are not followed.")
          URI url,
      @Meaning(
              "A file with the value of the header `Authorization`, such as `Bearer` and a token;"
                  + " without it none is sent.")
          Optional<SecretFile> authorization) {
    public Otlp {
      SecureUrl.require("key 'url':", url);
    }
  }

  /** How a connection to a syslog server is made. */
  public enum SyslogTransport {
    /** RFC 5425. */
    TLS,
    /** RFC 6587, framed by counting. */
    TCP,
    /** RFC 5426. */
    UDP;

    /** The name in a configuration. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A syslog server. */
  public record Syslog(
      @Meaning("Its address and port.") HostPort server,
      @Meaning("How it is reached. What is lost on the way of udp is not sent again.")
          @Default("tls")
          SyslogTransport transport) {}

  /** How a connection to a mail server is encrypted. */
  public enum MailSecurity {
    /** STARTTLS, without which nothing is sent. */
    STARTTLS,
    /** TLS from the first byte (RFC 8314). */
    TLS,
    /** Not at all: on this host alone. */
    NONE;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A mail server. */
  public record Mail(
      @Meaning("Address and port of the mail server.") HostPort server,
      @Meaning("How the connection is encrypted; none only to this host.") @Default("starttls")
          MailSecurity security,
      @Meaning("The user name, where the server asks for one.") Optional<String> user,
      @Meaning("A file with that user's password.") Optional<SecretFile> password,
      @Meaning("The sender's address.") String from,
      @Meaning("The recipients' addresses.") List<String> to) {
    public Mail {
      to = List.copyOf(to);
      if (to.isEmpty()) {
        throw new IllegalArgumentException("key 'to': at least one address is needed");
      }
      Stream.concat(Stream.of(from), to.stream()).forEach(Mail::requireAddress);
      if (user.isPresent() != password.isPresent()) {
        throw new IllegalArgumentException("keys 'user' and 'password' belong together");
      }
      if (security == MailSecurity.NONE
          && !List.of("localhost", "127.0.0.1", "::1").contains(server.host())) {
        throw new IllegalArgumentException(
            "key 'security': none is for a mail server on this host alone; use starttls or tls");
      }
    }

    private static void requireAddress(String address) {
      if (!address.matches("[\\x21-\\x7e&&[^<>()\\[\\],;:\\\\\"@]]{1,64}@[A-Za-z0-9.-]{1,253}")) {
        throw new IllegalArgumentException(
            "'" + address + "' is no mail address, such as on-call@example.com");
      }
    }
  }

  public NotificationChannel {
    kinds = List.copyOf(kinds);
    if (!name.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "key 'name': a channel's name is 1 to 63 of a-z, 0-9 and hyphens");
    }
    if (Stream.of(webhook, otlp, syslog, mail).filter(Optional::isPresent).count() != 1) {
      throw new IllegalArgumentException(
          "channel '" + name + "' needs exactly one of the keys webhook, otlp, syslog and mail");
    }
  }

  /** A copy of them; throws IllegalArgumentException when two have one name. */
  public static List<NotificationChannel> distinct(List<NotificationChannel> channels) {
    if (channels.stream().map(NotificationChannel::name).distinct().count() < channels.size()) {
      throw new IllegalArgumentException("key 'notifications': a name is listed twice");
    }
    return List.copyOf(channels);
  }

  /** The same as a configuration file has it. */
  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("name", name)
            .put("severity", severity.text())
            .put("kinds", kinds.stream().map(Kind::text).toList())
            .put("heartbeat", heartbeat.toMillis() + "ms")
            .put("failing-after", failingAfter.toMillis() + "ms");
    webhook.ifPresent(
        one ->
            json.put(
                "webhook",
                JsonObject.builder()
                    .put("url", one.url().toString())
                    .put("secret", one.secret().path().toString())
                    .put("evidence", one.evidence())
                    .build()));
    otlp.ifPresent(
        one ->
            json.put(
                "otlp",
                JsonObject.builder()
                    .put("url", one.url().toString())
                    .put(
                        "authorization",
                        one.authorization().map(file -> file.path().toString()).orElse(null))
                    .build()));
    syslog.ifPresent(
        one ->
            json.put(
                "syslog",
                JsonObject.builder()
                    .put("server", one.server().toString())
                    .put("transport", one.transport().text())
                    .build()));
    mail.ifPresent(
        one ->
            json.put(
                "mail",
                JsonObject.builder()
                    .put("server", one.server().toString())
                    .put("security", one.security().text())
                    .put("user", one.user().orElse(null))
                    .put(
                        "password", one.password().map(file -> file.path().toString()).orElse(null))
                    .put("from", one.from())
                    .put("to", one.to())
                    .build()));
    return json.build();
  }
}
