package dev.counterfoil.format.audit;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Audit events, good ones and bad ones, from which the vectors are written. */
final class AuditEventCases {
  private static final long TIME = 1_795_737_600_000L;

  private AuditEventCases() {}

  private static JsonObject.Builder base(long classUid, long activity, long sequence) {
    return JsonObject.builder()
        .put("activity_id", activity)
        .put("category_uid", classUid % 100_000 / 1000)
        .put("class_uid", classUid)
        .put("type_uid", classUid * 100 + activity)
        .put("severity_id", 1)
        .put("status_id", 1)
        .put("time", TIME)
        .put("metadata", metadata(sequence));
  }

  private static JsonObject metadata(long sequence) {
    return JsonObject.builder()
        .put("version", "1.8.0")
        .put(
            "product",
            JsonObject.builder().put("name", "Example mail").put("vendor_name", "Example").build())
        .put("profiles", List.of("counterfoil"))
        .put("tenant_uid", "acme")
        .put("sequence", sequence)
        .build();
  }

  private static JsonObject token() {
    return JsonObject.builder()
        .put("uid", "s1g1.4711.DYyrLi1t6JYpAV0xJXZ3bTTmdQ1c5DBNtJnSMoLfFgo")
        .put("issuer", "https://login.example")
        .put("key_uid", "x3MpVpR0e0cUwqJQ8gB5o1l1nS3Z5V4mO3cJt0hH1bQ")
        .put("client_uid", "mail-app")
        .build();
  }

  private static JsonObject uid(String uid) {
    return JsonObject.builder().put("uid", uid).build();
  }

  private static JsonObject actor() {
    return JsonObject.builder()
        .put("user", uid("alice@acme.example"))
        .put("app_uid", "mail-app")
        .build();
  }

  private static JsonObject from() {
    return JsonObject.builder().put("ip", "203.0.113.7").put("port", 51248).build();
  }

  /** A service's report of a read. */
  static JsonObject mailRead() {
    return base(6005, 1, 17)
        .put("message", "3 messages read")
        .put("actor", actor())
        .put("src_endpoint", from())
        .put(
            "databucket",
            JsonObject.builder()
                .put("name", "alice@acme.example")
                .put("type_id", 99)
                .put("type", "mailbox")
                .build())
        .put("recorded_token", token())
        .put("item_uids", List.of("<1@acme.example>", "<2@acme.example>", "<3@acme.example>"))
        .put("count", 3)
        .build();
  }

  /** Events that are taken, by the name of their file. */
  static Map<String, JsonObject> good() {
    Map<String, JsonObject> cases = new LinkedHashMap<>();
    cases.put("mail-read", mailRead());
    cases.put(
        "token-issued",
        base(AuditEvent.TOKEN_ACTIVITY, 1, 0)
            .put("actor", actor())
            .put("src_endpoint", from())
            .put("recorded_token", token())
            .build());
    cases.put(
        "token-refused",
        base(AuditEvent.TOKEN_ACTIVITY, 2, 1)
            .put("status_code", "invalid_client")
            .put("actor", JsonObject.builder().put("app_uid", "mail-app").build())
            .put("src_endpoint", from())
            .build());
    cases.put(
        "key-activated",
        base(AuditEvent.KEY_ACTIVITY, 2, 2)
            .put("signing_key", uid("x3MpVpR0e0cUwqJQ8gB5o1l1nS3Z5V4mO3cJt0hH1bQ"))
            .build());
    cases.put(
        "source-gap",
        base(AuditEvent.SOURCE_ACTIVITY, 2, 3)
            .put(
                "event_source",
                JsonObject.builder()
                    .put("uid", "trial/mail")
                    .put("first_sequence", 18)
                    .put("last_sequence", 21)
                    .build())
            .build());
    cases.put(
        "sign-in",
        base(3002, 1, 4)
            .put("user", uid("alice@acme.example"))
            .put("service", JsonObject.builder().put("name", "mail").build())
            .put("src_endpoint", from())
            .build());
    cases.put(
        "client-created",
        base(3004, 1, 5)
            .put("actor", actor())
            .put(
                "entity", JsonObject.builder().put("uid", "mail-app").put("type", "client").build())
            .build());
    cases.put(
        "search-of-the-audit-log",
        base(6003, 2, 6)
            .put("actor", actor())
            .put("api", JsonObject.builder().put("operation", "audit.search").build())
            .put("src_endpoint", from())
            .build());
    cases.put(
        "finding",
        base(2004, 1, 7)
            .put("finding_info", uid("forged-token/4711"))
            .put("is_alert", true)
            .build());
    cases.put(
        "every-escape",
        mailRead().with("message", "=1+1\t\"\\\b\f\n\r\u0001\u001b[31m \u20ac \ud83d\ude00 /"));
    cases.put("of-one-of-several-logs", metadataWith("log_name", "a".repeat(255)));
    cases.put("members-sorted-as-utf-16", mailRead().with("unmapped", utf16()));
    return cases;
  }

  /** RFC 8785 3.2.3 sorts by UTF-16 code units: the emoji before U+FB33. */
  private static JsonObject utf16() {
    return JsonObject.builder()
        .put("\ufb33", 1)
        .put("\ud83d\ude00", 2)
        .put("\u20ac", 3)
        .put("1", 4)
        .put("\r", 5)
        .build();
  }

  private static JsonObject changed(String member, Object value) {
    return mailRead().with(member, value);
  }

  private static JsonObject metadataWith(String member, Object value) {
    return changed("metadata", metadata(17).with(member, value));
  }

  /** Events that are refused, with the member or rule that the refusal names. */
  static Map<String, Bad> bad() {
    Map<String, Bad> cases = new LinkedHashMap<>();
    cases.put(
        "no-tenant", bad("tenant_uid", changed("metadata", metadata(17).without("tenant_uid"))));
    cases.put("tenant-empty", bad("tenant_uid", metadataWith("tenant_uid", "")));
    cases.put("tenant-with-control", bad("tenant_uid", metadataWith("tenant_uid", "ac\nme")));
    cases.put("tenant-too-long", bad("tenant_uid", metadataWith("tenant_uid", "a".repeat(256))));
    cases.put(
        "no-sequence", bad("sequence", changed("metadata", metadata(17).without("sequence"))));
    cases.put("sequence-negative", bad("sequence", metadataWith("sequence", -1L)));
    cases.put("sequence-text", bad("sequence", metadataWith("sequence", "17")));
    cases.put("log-name-too-long", bad("log_name", metadataWith("log_name", "a".repeat(256))));
    cases.put("log-name-a-number", bad("log_name", metadataWith("log_name", 7L)));
    cases.put("no-product", bad("product", changed("metadata", metadata(17).without("product"))));
    cases.put(
        "product-unnamed", bad("product", metadataWith("product", JsonObject.builder().build())));
    cases.put("ocsf-of-another-major", bad("version", metadataWith("version", "2.0.0")));
    cases.put("ocsf-unreleased", bad("version", metadataWith("version", "1.9.0-dev")));
    cases.put("no-time", bad("time", mailRead().without("time")));
    cases.put("time-text", bad("time", changed("time", "2026-11-27T00:00:00Z")));
    cases.put("severity-unknown", bad("severity_id", changed("severity_id", 7L)));
    cases.put("type-of-another-activity", bad("type_uid", changed("type_uid", 600502L)));
    cases.put("category-of-another-class", bad("category_uid", changed("category_uid", 3L)));
    cases.put("activity-out-of-range", bad("activity_id", changed("activity_id", 100L)));
    cases.put("fraction", bad("fractions", changed("risk_score", 0.5)));
    cases.put("null", bad("nulls", changed("message", JsonObject.Null.NULL)));
    cases.put("number-beyond-2-53", bad("2^53", changed("count", 1L << 53)));
    cases.put("message-number", bad("message", changed("message", 1L)));
    cases.put(
        "token-identifier-too-long", bad("uid", changed("recorded_token", uid("a".repeat(1025)))));
    cases.put("token-a-text", bad("recorded_token", changed("recorded_token", "s1g1.4711")));
    cases.put("says-who-reported-it", bad("reporter", receivedByItself()));
    cases.put("says-when-it-was-logged", bad("logged_time", metadataWith("logged_time", TIME)));
    cases.put(
        "token-issued-without-token",
        bad("recorded_token", base(AuditEvent.TOKEN_ACTIVITY, 1, 0).put("actor", actor()).build()));
    cases.put(
        "token-activity-without-actor",
        bad("actor", base(AuditEvent.TOKEN_ACTIVITY, 2, 0).build()));
    cases.put(
        "key-activity-without-key",
        bad("signing_key", base(AuditEvent.KEY_ACTIVITY, 2, 0).build()));
    cases.put(
        "source-activity-without-source",
        bad("event_source", base(AuditEvent.SOURCE_ACTIVITY, 2, 0).build()));
    cases.put("no-class-of-the-extension", bad("class_uid", base(99_903_003, 1, 0).build()));
    return cases;
  }

  private static JsonObject receivedByItself() {
    return changed(
        "metadata",
        metadata(17).with("logged_time", TIME).with("reporter", uid("trial/somebody-else")));
  }

  /**
   * An event that is refused.
   *
   * @param names what the refusal names
   * @param event the event
   */
  record Bad(String names, JsonObject event) {}

  private static Bad bad(String names, JsonObject event) {
    return new Bad(names, event);
  }
}
