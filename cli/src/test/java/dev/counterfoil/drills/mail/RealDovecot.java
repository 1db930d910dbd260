package dev.counterfoil.drills.mail;

import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.keys.PublicJwk;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** The drill's Dovecot with its mailboxes, for a test of what ships its events. */
public final class RealDovecot implements AutoCloseable {
  public static final String USER = "amara";
  public static final String TOKEN_ID = "s1g1.7.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  private final DovecotServer server;
  private final Forger issuer;

  private RealDovecot(DovecotServer server, Forger issuer) {
    this.server = server;
    this.issuer = issuer;
  }

  private static KeyPair keys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** One that does not run yet, with a mailbox of so many messages. */
  public static RealDovecot in(Path folder, int messages) throws Exception {
    Mailboxes mailboxes =
        Mailboxes.seed(
            folder.resolve("mail"),
            List.of(new MailUser(USER, "enterprise", "acme")),
            messages,
            1,
            Instant.parse("2026-11-20T12:00:00Z"));
    KeyPair pair = keys();
    DovecotServer server = DovecotServer.inFolder(folder.resolve("imap"), mailboxes.folder());
    Forger issuer = new Forger(pair);
    server
        .keys()
        .trust(
            List.of(
                new DovecotKeys.Key(
                    issuer.kid(),
                    PublicJwk.es256((ECPublicKey) pair.getPublic()).toJson().toString())));
    return new RealDovecot(server, issuer);
  }

  /** Starts it, or starts it again. */
  public void start(boolean tokenInEachRead) throws Exception {
    server.start(
        DovecotSettings.local().with(tokenInEachRead ? EventGrade.EACH_READ : EventGrade.DIGEST));
  }

  public Path events() {
    return server.events();
  }

  public String kid() {
    return issuer.kid();
  }

  private static String token(Forger by) throws Exception {
    long now = Instant.now().getEpochSecond();
    return by.accessToken(
        JsonMapper.builder()
            .build()
            .createObjectNode()
            .put("iss", "https://login.example")
            .put("sub", USER)
            .put("aud", "mail")
            .put("client_id", "mail-app")
            .put("jti", TOKEN_ID)
            .put("iat", now)
            .put("exp", now + 300));
  }

  /** Reads the whole mailbox; how many messages. */
  public int read() throws Exception {
    if (new ImapReader(server.address()).readAll(USER, token(issuer))
        instanceof ImapReader.Result.Read read) {
      return read.messageIds().size();
    }
    throw new IOException("refused");
  }

  /** Tries with a token of a stranger's; whether it was refused. */
  public boolean refusesAStranger() throws Exception {
    return new ImapReader(server.address()).readAll(USER, token(new Forger(keys())))
        instanceof ImapReader.Result.Refused;
  }

  public void stop() {
    server.stop();
  }

  @Override
  public void close() {
    server.close();
  }
}
