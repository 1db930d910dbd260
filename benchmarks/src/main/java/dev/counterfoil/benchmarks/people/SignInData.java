package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.servers.CounterfoilServer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills the databases of an authority that is stopped: a command for each of a million people takes
 * an hour. Their sessions are those that a sign-in begins.
 */
final class SignInData {
  private static final int BATCH = 10_000;

  private static final String PERSON =
      "INSERT INTO person (subject, tenant, username, name, email_verified, disabled, created_at,"
          + " version) VALUES (?, ?, ?, 'Other', 0, 0, 0, 1)";
  private static final String CONSENT =
      "INSERT INTO consent (subject, client_id, scopes, at) VALUES (?, ?, ?, 0)";
  private static final String SESSION =
      "INSERT INTO session VALUES (?, ?, ?, ?, 'pwd', 'pwd', ?, ?, '127.0.0.1', 'wrk', ?, NULL, ?)";
  private static final String CLIENT =
      "INSERT INTO client (client_id, registration, secret_mac, revocation_group, disabled,"
          + " registered_at, changed_at) VALUES (?, ?, ?, ?, 0, 0, 0)";

  private final CounterfoilServer server;
  private final SecureRandom random = new SecureRandom();
  private final List<String> cookies = new ArrayList<>();
  private int people;
  private int clients;

  SignInData(CounterfoilServer server, int clients) {
    this.server = server;
    this.clients = clients;
  }

  /** The cookies of people with a session, without the cookie's name. */
  List<String> cookies() {
    return cookies;
  }

  /**
   * Adds people up to a number, the first of them with a session.
   *
   * @param signedIn how many sessions there are to be at most
   * @param applications what each of those with a session allowed
   */
  void people(int number, int signedIn, List<String> applications, String scopes)
      throws SQLException {
    Path sessions = server.directory().resolveSibling("sessions.db");
    long now = Instant.now().toEpochMilli();
    try (Connection directory = open(server.directory());
        Connection ofSessions = open(sessions);
        PreparedStatement person = directory.prepareStatement(PERSON);
        PreparedStatement consent = directory.prepareStatement(CONSENT);
        PreparedStatement session = ofSessions.prepareStatement(SESSION)) {
      for (; people < number; people++) {
        String subject = text(16);
        person.setString(1, subject);
        person.setString(2, CounterfoilServer.TENANT);
        person.setString(3, "other" + people);
        person.addBatch();
        if (cookies.size() < signedIn) {
          for (String application : applications) {
            consent.setString(1, subject);
            consent.setString(2, application);
            consent.setString(3, scopes);
            consent.addBatch();
          }
          session(session, subject, now);
        }
        if (people % BATCH == 0) {
          person.executeBatch();
        }
      }
      person.executeBatch();
      consent.executeBatch();
      session.executeBatch();
      directory.commit();
      ofSessions.commit();
    }
  }

  private void session(PreparedStatement session, String subject, long now) throws SQLException {
    String stays = text(32);
    String turns = text(32);
    session.setBytes(1, hash(stays));
    session.setString(2, text(16));
    session.setString(3, subject);
    session.setLong(4, now);
    session.setLong(5, now);
    session.setLong(6, now + Duration.ofHours(12).toMillis());
    session.setBytes(7, hash(turns));
    session.setLong(8, now);
    session.addBatch();
    cookies.add(stays + "." + turns);
  }

  /** Adds clients up to a number, each registered as another is. */
  void clients(int number, String like) throws SQLException {
    if (number <= clients) {
      return;
    }
    try (Connection database = open(server.directory().resolveSibling("clients.db"));
        Statement read = database.createStatement();
        ResultSet one =
            read.executeQuery(
                "SELECT registration, secret_mac FROM client WHERE client_id = '" + like + "'");
        PreparedStatement add = database.prepareStatement(CLIENT)) {
      one.next();
      String registration = one.getString(1);
      byte[] mac = one.getBytes(2);
      byte[] group = new byte[16];
      for (; clients < number; clients++) {
        String id = "other" + clients;
        random.nextBytes(group);
        add.setString(1, id);
        add.setString(2, registration.replace("\"" + like + "\"", "\"" + id + "\""));
        add.setBytes(3, mac);
        add.setBytes(4, group.clone());
        add.addBatch();
      }
      add.executeBatch();
      database.commit();
    }
  }

  /** The Argon2id hash of any person who has one. */
  String passwordHash() throws SQLException {
    try (Connection database = open(server.directory());
        Statement read = database.createStatement();
        ResultSet one =
            read.executeQuery("SELECT password FROM person WHERE password IS NOT NULL LIMIT 1")) {
      one.next();
      return one.getString(1);
    }
  }

  private static Connection open(Path file) throws SQLException {
    Connection database = DriverManager.getConnection("jdbc:sqlite:" + file);
    database.setAutoCommit(false);
    return database;
  }

  private String text(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  private static byte[] hash(String secret) {
    return Hash.sha256(secret.getBytes(StandardCharsets.UTF_8)).bytes();
  }
}
