package dev.counterfoil.directory;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * What people prove beside a password. Each code counts once, for the first of all that try it,
 * also across a crash: its use is on disk when the call returns.
 */
public final class SecondFactors {
  /** Most recovery codes of a person. */
  public static final int RECOVERY_CODES_MAX = 20;

  private final Jdbi jdbi;

  SecondFactors(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /** By what a person's codes are made; empty for people without. */
  public Optional<OneTimeCode> of(String subject) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT sealed, last_step, made_at FROM one_time_code WHERE subject = :key")
                .bind("key", subject)
                .map(
                    (results, context) ->
                        new OneTimeCode(
                            results.getBytes("sealed"),
                            results.getLong("last_step"),
                            Instant.ofEpochMilli(results.getLong("made_at"))))
                .findOne());
  }

  /**
   * Gives a person one-time codes in the place of those before.
   *
   * @param recovery hashes of new recovery codes, which take the place of the old ones
   * @throws DirectoryRefusedException when there is no such person
   */
  public void set(String subject, OneTimeCode code, List<byte[]> recovery)
      throws DirectoryRefusedException {
    jdbi.inTransaction(
        handle -> {
          Rows.requirePerson(handle, subject);
          removeAll(handle, subject);
          handle
              .createUpdate(
                  "INSERT INTO one_time_code (subject, sealed, last_step, made_at)"
                      + " VALUES (:subject, :sealed, :step, :made)")
              .bind("subject", subject)
              .bind("sealed", code.sealed())
              .bind("step", code.lastStep())
              .bind("made", code.madeAt().toEpochMilli())
              .execute();
          insert(handle, subject, recovery);
          return code;
        });
  }

  /**
   * Gives a person recovery codes in the place of those before.
   *
   * @return false when the person has no one-time codes, which they would stand in for
   */
  public boolean renewRecovery(String subject, List<byte[]> hashes) {
    return jdbi.inTransaction(
        handle -> {
          boolean has =
              handle
                  .createQuery("SELECT 1 FROM one_time_code WHERE subject = :key")
                  .bind("key", subject)
                  .mapTo(Integer.class)
                  .findOne()
                  .isPresent();
          if (has) {
            remove(handle, "recovery_code", subject);
            insert(handle, subject, hashes);
          }
          return has;
        });
  }

  private static void insert(Handle handle, String subject, List<byte[]> hashes) {
    if (hashes.size() > RECOVERY_CODES_MAX) {
      throw new IllegalArgumentException("at most " + RECOVERY_CODES_MAX + " recovery codes");
    }
    for (byte[] hash : hashes) {
      handle
          .createUpdate("INSERT INTO recovery_code (subject, hash) VALUES (:subject, :hash)")
          .bind("subject", subject)
          .bind("hash", hash)
          .execute();
    }
  }

  /** How many recovery codes a person has left. */
  public int recoveryLeft(String subject) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT count(*) FROM recovery_code WHERE subject = :key")
                .bind("key", subject)
                .mapTo(Integer.class)
                .one());
  }

  /** Uses the code of a time step up: true for the first that does, while no later one was used. */
  public boolean useStep(String subject, long step) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        "UPDATE one_time_code SET last_step = :step"
                            + " WHERE subject = :key AND last_step < :step")
                    .bind("key", subject)
                    .bind("step", step)
                    .execute())
        == 1;
  }

  /** Uses a recovery code up: true for the first that does. */
  public boolean useRecovery(String subject, byte[] hash) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate("DELETE FROM recovery_code WHERE subject = :key AND hash = :hash")
                    .bind("key", subject)
                    .bind("hash", hash)
                    .execute())
        == 1;
  }

  /** Takes one-time and recovery codes from a person; whether there were any. */
  public boolean remove(String subject) {
    return jdbi.inTransaction(handle -> removeAll(handle, subject));
  }

  static boolean removeAll(Handle handle, String subject) {
    boolean recovery = remove(handle, "recovery_code", subject);
    return remove(handle, "one_time_code", subject) || recovery;
  }

  private static boolean remove(Handle handle, String table, String subject) {
    return handle
            .createUpdate("DELETE FROM " + table + " WHERE subject = :key")
            .bind("key", subject)
            .execute()
        > 0;
  }
}
