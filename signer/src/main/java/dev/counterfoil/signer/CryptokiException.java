package dev.counterfoil.signer;

import java.security.GeneralSecurityException;

/** A token's library answered a call with something else than CKR_OK (PKCS#11 2.40, 5.1). */
final class CryptokiException extends GeneralSecurityException {
  private static final long serialVersionUID = 1;

  private final long answer;

  /**
   * A call that failed.
   *
   * @param what was called, such as C_Sign; nothing of its arguments
   * @param answer its CK_RV
   */
  CryptokiException(String what, long answer) {
    this(answer, what + " answered " + name(answer));
  }

  private CryptokiException(long answer, String message) {
    super(message);
    this.answer = answer;
  }

  /** A call that succeeded, and said that it wrote more than there was room for, or nonsense. */
  static CryptokiException outOfBounds(String what, long number) {
    return new CryptokiException(Cryptoki.OK, what + " answered a length out of bounds, " + number);
  }

  /**
   * Whether the token, or the log-in to it, is gone. Any other answer is about what was asked for:
   * a token that is full or broken in one thing signs on with the keys that it has.
   */
  boolean isAbsence() {
    return answer == 0x30
        || answer == 0x32
        || answer == 0xB0
        || answer == 0xB3
        || answer == 0xE0
        || answer == 0xE1
        || answer == 0x101
        || answer == 0x190;
  }

  /** Whether there is no such object. */
  boolean isNoObject() {
    return answer == 0x82;
  }

  /** Whether trying again with the same PIN could lock the token. */
  boolean isAboutPin() {
    return (answer >= 0xA0 && answer <= 0xA4) || answer == 0x102;
  }

  /** The names of those that an operator meets; the others are numbers. */
  private static String name(long answer) {
    return switch ((int) answer) {
      case 0x02 -> "CKR_HOST_MEMORY";
      case 0x05 -> "CKR_GENERAL_ERROR";
      case 0x06 -> "CKR_FUNCTION_FAILED";
      case 0x10 -> "CKR_ATTRIBUTE_READ_ONLY";
      case 0x11 -> "CKR_ATTRIBUTE_SENSITIVE";
      case 0x12 -> "CKR_ATTRIBUTE_TYPE_INVALID";
      case 0x13 -> "CKR_ATTRIBUTE_VALUE_INVALID";
      case 0x30 -> "CKR_DEVICE_ERROR";
      case 0x31 -> "CKR_DEVICE_MEMORY";
      case 0x32 -> "CKR_DEVICE_REMOVED";
      case 0x54 -> "CKR_FUNCTION_NOT_SUPPORTED";
      case 0x60 -> "CKR_KEY_HANDLE_INVALID";
      case 0x68 -> "CKR_KEY_FUNCTION_NOT_PERMITTED";
      case 0x6A -> "CKR_KEY_UNEXTRACTABLE";
      case 0x70 -> "CKR_MECHANISM_INVALID";
      case 0x82 -> "CKR_OBJECT_HANDLE_INVALID";
      case 0xA0 -> "CKR_PIN_INCORRECT";
      case 0xA1 -> "CKR_PIN_INVALID";
      case 0xA2 -> "CKR_PIN_LEN_RANGE";
      case 0xA3 -> "CKR_PIN_EXPIRED";
      case 0xA4 -> "CKR_PIN_LOCKED";
      case 0xB0 -> "CKR_SESSION_CLOSED";
      case 0xB1 -> "CKR_SESSION_COUNT";
      case 0xB3 -> "CKR_SESSION_HANDLE_INVALID";
      case 0xD0 -> "CKR_TEMPLATE_INCOMPLETE";
      case 0xD1 -> "CKR_TEMPLATE_INCONSISTENT";
      case 0xE0 -> "CKR_TOKEN_NOT_PRESENT";
      case 0xE1 -> "CKR_TOKEN_NOT_RECOGNIZED";
      case 0x101 -> "CKR_USER_NOT_LOGGED_IN";
      case 0x102 -> "CKR_USER_PIN_NOT_INITIALIZED";
      case 0x190 -> "CKR_CRYPTOKI_NOT_INITIALIZED";
      default -> "CKR 0x" + Long.toHexString(answer);
    };
  }
}
