package dev.counterfoil.keystore.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;

/** A call of PKCS#11 that custody needs, and where CK_FUNCTION_LIST has it. */
public enum CryptokiCall {
  INITIALIZE(0, "C_Initialize", ADDRESS),
  FINALIZE(1, "C_Finalize", ADDRESS),
  GET_SLOT_LIST(4, "C_GetSlotList", JAVA_BYTE, ADDRESS, ADDRESS),
  GET_SLOT_INFO(5, "C_GetSlotInfo", JAVA_LONG, ADDRESS),
  GET_TOKEN_INFO(6, "C_GetTokenInfo", JAVA_LONG, ADDRESS),
  GET_MECHANISM_INFO(8, "C_GetMechanismInfo", JAVA_LONG, JAVA_LONG, ADDRESS),
  OPEN_SESSION(12, "C_OpenSession", JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
  CLOSE_SESSION(13, "C_CloseSession", JAVA_LONG),
  LOGIN(18, "C_Login", JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
  DESTROY_OBJECT(22, "C_DestroyObject", JAVA_LONG, JAVA_LONG),
  GET_ATTRIBUTE_VALUE(24, "C_GetAttributeValue", JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
  FIND_OBJECTS_INIT(26, "C_FindObjectsInit", JAVA_LONG, ADDRESS, JAVA_LONG),
  FIND_OBJECTS(27, "C_FindObjects", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS),
  FIND_OBJECTS_FINAL(28, "C_FindObjectsFinal", JAVA_LONG),
  ENCRYPT_INIT(29, "C_EncryptInit", JAVA_LONG, ADDRESS, JAVA_LONG),
  ENCRYPT(30, "C_Encrypt", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS),
  DECRYPT_INIT(33, "C_DecryptInit", JAVA_LONG, ADDRESS, JAVA_LONG),
  DECRYPT(34, "C_Decrypt", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS),
  GENERATE_KEY(58, "C_GenerateKey", JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS),
  GENERATE_KEY_PAIR(
      59,
      "C_GenerateKeyPair",
      JAVA_LONG,
      ADDRESS,
      ADDRESS,
      JAVA_LONG,
      ADDRESS,
      JAVA_LONG,
      ADDRESS,
      ADDRESS);

  final int place;
  final String text;

  // A descriptor is immutable, and nothing says so that the check reads.
  @SuppressWarnings("ImmutableEnumChecker")
  final FunctionDescriptor shape;

  CryptokiCall(int place, String text, MemoryLayout... arguments) {
    this.place = place;
    this.text = text;
    this.shape = FunctionDescriptor.of(JAVA_LONG, arguments);
  }
}
