package dev.counterfoil.drills.mail;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The text of a Dovecot 2.4 configuration.
 *
 * <p>Three things in it are there because of how 2.4 behaves. Named lists (passdb, metric,
 * event_exporter) must be blocks: written as slash paths they are ignored without a word. Failed
 * logins slow down everybody who comes from the same address, so that counting is off here, where
 * the thief and the honest users share one. And the token is read as {@code %{passdb:token}}: the
 * form {@code %{oauth2:name}} crashes the server when a claim is missing.
 *
 * @param folder the server's own folder
 * @param mail the folder that holds the mailboxes
 * @param port where it listens, on loopback
 * @param settings what was chosen
 * @param identity who runs it
 */
record DovecotConfiguration(
    Path folder, Path mail, int port, DovecotSettings settings, Identity identity) {
  /** Who runs the server. */
  sealed interface Identity {
    /**
     * Root: the server drops to users of its own, and mailboxes belong to a number of their own.
     *
     * @param mailUid user and group number of the mailboxes
     */
    record Root(int mailUid) implements Identity {}

    /**
     * An ordinary user without capabilities: everything runs as that user.
     *
     * @param user login name
     * @param group the user's group
     */
    record User(String user, String group) implements Identity {}
  }

  private static final String SIGNING_INPUT_DIGEST =
      "%{passdb:token | default('') | regexp(\"^(.*)\\\\.[^.]*$\", \"\\\\1\") | sha256 | hexlify}";

  /** The whole file. */
  String text() {
    return """
    dovecot_config_version = 2.4.0
    dovecot_storage_version = 2.4.0
    base_dir = %1$s/run
    state_dir = %1$s/state
    log_path = %1$s/dovecot.log
    protocols = imap
    listen = 127.0.0.1
    ssl = no
    auth_mechanisms = oauthbearer xoauth2%3$s
    auth_verbose = yes
    auth_failure_delay = 0
    mail_driver = maildir
    mail_path = ~/Maildir
    mail_max_userip_connections = 100
    service/anvil/unix_listener/anvil-auth-penalty/mode = 0
    service/imap-login/inet_listener/imap/port = %2$d
    service/imap-login/inet_listener/imaps/port = 0
    service/stats/vsz_limit = 2G
    """
            .formatted(folder, port, settings.staff().isEmpty() ? "" : " plain")
        + identityText()
        + checkText()
        + staffText()
        + tokenFields(
            "passdb static", "mechanisms_filter = oauthbearer xoauth2\nfields/nopassword = yes\n")
        + tokenFields(
            "userdb static",
            "allow_all_users = yes\nfields/home = "
                + mail
                + "/%{user}\nfields/event_master_user = %{master_user | default('')}\n")
        + exporterText()
        + policyText();
  }

  private String identityText() {
    return switch (identity) {
      case Identity.Root root -> "mail_uid = %1$d\nmail_gid = %1$d\n".formatted(root.mailUid());
      case Identity.User user ->
          """
          default_internal_user = %1$s
          default_internal_group = %2$s
          default_login_user = %1$s
          service/anvil/chroot =
          service/imap-login/chroot =
          """
              .formatted(user.user(), user.group());
    };
  }

  /** Where their passwords lie, outside the configuration, whose text others may see. */
  Path staffFile() {
    return folder.resolve("staff");
  }

  private String staffText() {
    return settings.staff().isEmpty()
        ? ""
        : """
          auth_allow_cleartext = yes
          auth_master_user_separator = *
          passdb passwd-file {
            master = yes
            mechanisms_filter = plain
            passwd_file_path = %s
          }
          """
            .formatted(staffFile());
  }

  private String checkText() {
    return switch (settings.check()) {
      case MailTokenCheck.Locally() ->
          """
          oauth2_username_attribute = sub
          oauth2_introspection_mode = local
          oauth2_local_validation {
            dict fs {
              fs posix {
                prefix = %s/keys/
              }
            }
          }
          """
              .formatted(folder);
      // Without both "active" lines an answer of {"active":false} with a user name in it is taken
      // for a yes.
      case MailTokenCheck.ByIntrospection by ->
          """
          oauth2_username_attribute = username
          oauth2_introspection_mode = post
          oauth2_introspection_url = %s
          oauth2_active_attribute = active
          oauth2_active_value = true
          """
              .formatted(withCredentials(by));
    };
  }

  private static String withCredentials(MailTokenCheck.ByIntrospection by) {
    URI endpoint = by.endpoint();
    return "%s://%s:%s@%s%s"
        .formatted(
            endpoint.getScheme(),
            percentEncoded(by.clientId()),
            percentEncoded(by.clientSecret()),
            endpoint.getRawAuthority(),
            endpoint.getRawPath());
  }

  private static String percentEncoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Fields named {@code event_…} of the passdb go into login events, those of the userdb into mail
   * events.
   */
  private String tokenFields(String block, String fixed) {
    var text = new StringBuilder(block).append(" {\n").append(fixed);
    switch (settings.grade()) {
      case DIGEST, EACH_READ ->
          text.append("fields/event_tok_digest = ").append(SIGNING_INPUT_DIGEST).append('\n');
      case CLAIMS -> {}
    }
    for (int part = 0; part < 2; part++) {
      text.append("fields/event_tok_%s = ".formatted(part == 0 ? "header" : "claims"))
          .append("%%{passdb:token | default('..') | index('.', %d)".formatted(part))
          .append(" | unbase64(pad=0, url=1) | text}\n");
    }
    return text.append("}\n").toString();
  }

  private String exporterText() {
    return """
    event_exporter file {
      driver = file
      file_path = %s/out/events.jsonl
      format = json
    }
    metric login {
      exporter = file
      filter = event=auth_client_request_finished
      exporter_include = name timestamps fields
      fields = user session remote_ip mechanism error tok_digest tok_header tok_claims
    }
    metric read {
      exporter = file
      filter = event=mail_opened AND reason_code=imap:fetch_body
      exporter_include = name timestamps fields
      fields = user session remote_ip mailbox uid master_user%s
    }
    """
        .formatted(
            folder,
            settings.grade() == EventGrade.EACH_READ ? " tok_digest tok_header tok_claims" : "");
  }

  private String policyText() {
    return settings
        .policy()
        .map(
            server ->
                """
                auth_policy_server_url = %s
                auth_policy_server_api_header = Authorization: Bearer %s
                auth_policy_hash_nonce = unused
                auth_policy_check_before_auth = no
                auth_policy_check_after_auth = yes
                auth_policy_report_after_auth = no
                auth_policy_reject_on_fail = yes
                auth_policy_request_attributes/token = %%{passdb:token | default('')}
                """
                    .formatted(server.endpoint(), server.secret()))
        .orElse("");
  }
}
