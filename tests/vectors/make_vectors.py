#!/usr/bin/python3
"""Generate messages.json: known answers for the DER coding of SGP.22 messages.

Nothing here is taken from the C++ codec.  Part 1 is a small DER encoder written
from X.690, part 2 the tagging rules of X.680, part 3 a transcription of the
ASN.1 module RSPDefinitions of SGP.22 (AUTOMATIC TAGS, EXTENSIBILITY IMPLIED):
a component is written with a tag below exactly where the module writes one, all
other tags are computed.  Parts 4 to 7 make the vectors, part 8 checks the result
against facts that were written down by hand.

Usage: make_vectors.py [output file]      (default: messages.json beside this file)
       make_vectors.py --check            (compare with the existing file only)
"""

import collections
import copy
import json
import os
import sys

# ---------------------------------------------------------------------------
# 1. X.690: identifier and length octets, primitive contents
# ---------------------------------------------------------------------------

UNIVERSAL, APPLICATION, CONTEXT, PRIVATE = 0, 1, 2, 3

BOOLEAN_TAG, INTEGER_TAG, BIT_STRING_TAG, OCTET_STRING_TAG = 1, 2, 3, 4
OID_TAG, UTF8_TAG, SEQUENCE_TAG = 6, 12, 16


def base128(number):
    """Base 128, most significant group first, bit 8 set on all but the last octet."""
    groups = [number & 0x7F]
    number >>= 7
    while number:
        groups.append(0x80 | number & 0x7F)
        number >>= 7
    return bytes(reversed(groups))


def identifier(tag_class, constructed, number):
    """X.690 8.1.2: class in bits 8-7, constructed in bit 6, number 31 and up in more octets."""
    first = tag_class << 6 | (0x20 if constructed else 0)
    if number < 31:
        return bytes([first | number])
    return bytes([first | 0x1F]) + base128(number)


def length_octets(length, forced=0):
    """X.690 10.1: shortest definite form; 'forced' = number of octets after 0x80|n (BER only)."""
    if forced:
        return bytes([0x80 | forced]) + length.to_bytes(forced, "big")
    if length < 128:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


class Element(collections.namedtuple("Element", "tag_class number constructed content")):
    def der(self):
        return (identifier(self.tag_class, self.constructed, self.number)
                + length_octets(len(self.content)) + self.content)


def primitive(number, content):
    return Element(UNIVERSAL, number, False, content)


def integer_content(value):
    """X.690 8.3: two's complement, the first nine bits not all equal."""
    size = 1
    while not -(1 << (8 * size - 1)) <= value < 1 << (8 * size - 1):
        size += 1
    return value.to_bytes(size, "big", signed=True)


def named_bits_content(bits):
    """X.690 8.6 and 11.2.2: trailing zero bits removed, unused bits zero, empty = one octet 00."""
    bits = bits.rstrip("0")
    if not bits:
        return b"\x00"
    unused = -len(bits) % 8
    padded = bits + "0" * unused
    return bytes([unused]) + int(padded, 2).to_bytes(len(padded) // 8, "big")


def oid_content(dotted):
    """X.690 8.19: first two arcs combined as 40 * a + b, each subidentifier in base 128."""
    arcs = [int(arc) for arc in dotted.split(".")]
    assert arcs[0] in (0, 1, 2) and (arcs[0] == 2 or arcs[1] < 40), dotted
    return b"".join(base128(n) for n in [40 * arcs[0] + arcs[1]] + arcs[2:])


# ---------------------------------------------------------------------------
# 2. X.680: types and tagging
# ---------------------------------------------------------------------------

class Type:
    untagged_choice = False

    def element(self, value, strict=True):
        raise NotImplementedError


class Octets(Type):
    """OCTET STRING; 'sizes' = permitted numbers of octets or None."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def element(self, value, strict=True):
        content = bytes.fromhex(value)
        assert value == content.hex().upper(), "hex not upper case: " + value
        assert not strict or not self.sizes or len(content) in self.sizes, value
        return primitive(OCTET_STRING_TAG, content)


class Utf8(Type):
    """UTF8String; 'longest' counts characters, as a SIZE constraint does (X.680 51.5)."""

    def __init__(self, longest=None):
        self.longest = longest

    def element(self, value, strict=True):
        assert not strict or self.longest is None or len(value) <= self.longest, value
        return primitive(UTF8_TAG, value.encode("utf-8"))


class Integer(Type):
    """INTEGER, optionally with named numbers; the names are no constraint."""

    def __init__(self, **names):
        self.names = names

    def element(self, value, strict=True):
        if isinstance(value, str):
            value = self.names[value]
        else:
            assert value not in self.names.values(), "number %d has a name" % value
        return primitive(INTEGER_TAG, integer_content(value))


class Boolean(Type):
    def element(self, value, strict=True):
        assert isinstance(value, bool)
        return primitive(BOOLEAN_TAG, b"\xff" if value else b"\x00")


class Bits(Type):
    """BIT STRING with a named bit list; names in order of their bit number."""

    def __init__(self, *names):
        self.names = names

    def element(self, value, strict=True):
        assert set(value) <= set("01") and not value.endswith("0"), value
        return primitive(BIT_STRING_TAG, named_bits_content(value))


class ObjectIdentifier(Type):
    def element(self, value, strict=True):
        return primitive(OID_TAG, oid_content(value))


class Foreign(Type):
    """A SEQUENCE of another module (Certificate, CertificateList), kept as its complete encoding.

    The JSON value is the encoding of the type by itself, thus begins with 30 even where
    the module replaces that tag (LoadCRLRequest)."""

    def element(self, value, strict=True):
        (node,) = parse(bytes.fromhex(value))
        assert node.tag == "30", value
        return Element(UNIVERSAL, SEQUENCE_TAG, True, node.body())


class Whole(Type):
    """A type of this module with a tag of its own, kept as its complete encoding, because whoever
    handles it here only passes it on (the package in GetBoundProfilePackageOk)."""

    def __init__(self, tag_class, number):
        self.tag_class, self.number = tag_class, number

    def element(self, value, strict=True):
        (node,) = parse(bytes.fromhex(value))
        assert node.tag == identifier(self.tag_class, True, self.number).hex().upper(), value
        return Element(self.tag_class, self.number, True, node.body())


class Reference(Type):
    def __init__(self, name):
        self.name = name

    def target(self):
        return TYPES[self.name]

    @property
    def untagged_choice(self):
        return self.target().untagged_choice

    def element(self, value, strict=True):
        return self.target().element(value, strict)


class Tagged(Type):
    """[class n] Type without the words IMPLICIT or EXPLICIT, in an AUTOMATIC TAGS module.

    X.680 31.2.7: explicit if the type is an untagged CHOICE, otherwise implicit.  A type
    reference to '[n] CHOICE' is a tagged type: a further tag replaces its [n]."""

    def __init__(self, tag_class, number, inner):
        self.tag_class, self.number, self.inner = tag_class, number, as_type(inner)

    def element(self, value, strict=True):
        inner = self.inner.element(value, strict)
        if self.inner.untagged_choice:
            return Element(self.tag_class, self.number, True, inner.der())
        return inner._replace(tag_class=self.tag_class, number=self.number)


REQUIRED = object()
OPTIONAL = object()

Component = collections.namedtuple("Component", "name type presence")


def as_type(type_or_name):
    return Reference(type_or_name) if isinstance(type_or_name, str) else type_or_name


class Components(Type):
    """Common part of SEQUENCE and CHOICE: the component list and its automatic tags."""

    def __init__(self, *components):
        written = [Component(c[0], as_type(c[1]), c[2] if len(c) > 2 else REQUIRED)
                   for c in components]
        self.written = written
        # X.680 25.3: automatic tagging only if no component is textually a tagged type.
        # What a type reference stands for, and tags further inside, do not count.
        if any(isinstance(c.type, Tagged) for c in written):
            self.components = written
        else:
            # X.680 25.7: context-specific 0, 1, 2 .. in textual order
            self.components = [c._replace(type=Tagged(CONTEXT, i, c.type))
                               for i, c in enumerate(written)]


class Sequence(Components):
    """SEQUENCE; all of them extensible, member "unknown" = elements after the known ones."""

    def element(self, value, strict=True):
        extra = set(value) - {c.name for c in self.components} - {"unknown"}
        assert not extra, "no such component: %s" % extra
        content = b""
        for component in self.components:
            if component.name not in value:
                assert not strict or component.presence is OPTIONAL, component.name + " missing"
                continue
            if value[component.name] == component.presence:     # X.690 11.5: DEFAULT is left out
                continue
            content += component.type.element(value[component.name], strict).der()
        unknown = bytes.fromhex(value.get("unknown", ""))
        assert not strict or unknown or "unknown" not in value
        return Element(UNIVERSAL, SEQUENCE_TAG, True, content + unknown)


class SequenceOf(Type):
    def __init__(self, item):
        self.item = as_type(item)

    def element(self, value, strict=True):
        content = b"".join(self.item.element(item, strict).der() for item in value)
        return Element(UNIVERSAL, SEQUENCE_TAG, True, content)


class Choice(Components):
    untagged_choice = True

    def element(self, value, strict=True):
        ((name, inner),) = value.items()
        (component,) = [c for c in self.components if c.name == name]
        return component.type.element(inner, strict)


class SingleChoice(Choice):
    """CHOICE of one alternative; JSON leaves the name of the alternative out."""

    def element(self, value, strict=True):
        (component,) = self.components
        return component.type.element(value, strict)


def ctx(number, inner):
    return Tagged(CONTEXT, number, inner)


def app(number, inner):
    return Tagged(APPLICATION, number, inner)


def priv(number, inner):
    return Tagged(PRIVATE, number, inner)


# ---------------------------------------------------------------------------
# 3. The module
# ---------------------------------------------------------------------------

OCTETS, UTF8, INTEGER, BOOLEAN, OID = Octets(), Utf8(), Integer(), Boolean(), ObjectIdentifier()
TYPES = {
    # imported
    "Certificate": Foreign(),
    "CertificateList": Foreign(),
    "SubjectKeyIdentifier": OCTETS,
    # basic types
    "Octet1": Octets(1),
    "Octet4": Octets(4),
    "Octet8": Octets(8),
    "Octet16": Octets(16),
    "Octet32": Octets(32),
    "OctetTo16": Octets(*range(1, 17)),
    "VersionType": Octets(3),
    "Iccid": app(26, Octets(10)),
    "RemoteOpId": ctx(2, Integer(installBoundProfilePackage=1)),
    "TransactionId": Octets(*range(1, 17)),
}
DEFINE = TYPES.__setitem__

# -- eUICC information
DEFINE("GetEuiccInfo1Request", ctx(32, Sequence()))
DEFINE("EUICCInfo1", ctx(32, Sequence(
    ("svn", ctx(2, "VersionType")),
    ("euiccCiPKIdListForVerification", ctx(9, SequenceOf("SubjectKeyIdentifier"))),
    ("euiccCiPKIdListForSigning", ctx(10, SequenceOf("SubjectKeyIdentifier"))))))
DEFINE("GetEuiccInfo2Request", ctx(34, Sequence()))
DEFINE("EuiccCategory", Integer(other=0, basicEuicc=1, mediumEuicc=2, contactlessEuicc=3))
DEFINE("EUICCInfo2", ctx(34, Sequence(
    ("profileVersion", ctx(1, "VersionType")),
    ("svn", ctx(2, "VersionType")),
    ("euiccFirmwareVer", ctx(3, "VersionType")),
    ("extCardResource", ctx(4, OCTETS)),
    ("uiccCapability", ctx(5, "UICCCapability")),
    ("ts102241Version", ctx(6, "VersionType"), OPTIONAL),
    ("globalplatformVersion", ctx(7, "VersionType"), OPTIONAL),
    ("rspCapability", ctx(8, "RspCapability")),
    ("euiccCiPKIdListForVerification", ctx(9, SequenceOf("SubjectKeyIdentifier"))),
    ("euiccCiPKIdListForSigning", ctx(10, SequenceOf("SubjectKeyIdentifier"))),
    ("euiccCategory", ctx(11, TYPES["EuiccCategory"]), OPTIONAL),
    ("forbiddenProfilePolicyRules", ctx(25, "PprIds"), OPTIONAL),
    ("ppVersion", "VersionType"),
    ("sasAcreditationNumber", Utf8(64)),
    ("certificationDataObject", ctx(12, "CertificationDataObject"), OPTIONAL))))
DEFINE("RspCapability", Bits("additionalProfile", "crlSupport", "rpmSupport",
                             "testProfileSupport", "deviceInfoExtensibilitySupport"))
DEFINE("CertificationDataObject", Sequence(("platformLabel", UTF8), ("discoveryBaseURL", UTF8)))
DEFINE("UICCCapability", Bits(
    "contactlessSupport", "usimSupport", "isimSupport", "csimSupport", "akaMilenage", "akaCave",
    "akaTuak128", "akaTuak256", "rfu1", "rfu2", "gbaAuthenUsim", "gbaAuthenISim",
    "mbmsAuthenUsim", "eapClient", "javacard", "multos", "multipleUsimSupport",
    "multipleIsimSupport", "multipleCsimSupport", "berTlvFileSupport", "dfLinkSupport", "catTp",
    "getIdentity", "profile-a-x25519", "profile-b-p256", "suciCalculatorApi"))

# -- device
DEFINE("DeviceInfo", Sequence(
    ("tac", "Octet4"),
    ("deviceCapabilities", "DeviceCapabilities"),
    ("imei", "Octet8", OPTIONAL)))
RELEASES = ("gsmSupportedRelease", "utranSupportedRelease", "cdma2000onexSupportedRelease",
            "cdma2000hrpdSupportedRelease", "cdma2000ehrpdSupportedRelease",
            "eutranEpcSupportedRelease", "contactlessSupportedRelease", "rspCrlSupportedVersion",
            "nrEpcSupportedRelease", "nr5gcSupportedRelease", "eutran5gcSupportedRelease")
DEFINE("DeviceCapabilities", Sequence(*[(name, "VersionType", OPTIONAL) for name in RELEASES]))

# -- profiles
DEFINE("ProfileInfoListRequest", ctx(45, Sequence(
    ("searchCriteria", ctx(0, Choice(
        ("isdpAid", app(15, "OctetTo16")),
        ("iccid", "Iccid"),
        ("profileClass", ctx(21, "ProfileClass")))), OPTIONAL),
    ("tagList", app(28, OCTETS), OPTIONAL))))
DEFINE("ProfileInfoListResponse", ctx(45, Choice(
    ("profileInfoListOk", SequenceOf("ProfileInfo")),
    ("profileInfoListError", "ProfileInfoListError"))))
DEFINE("ProfileInfo", priv(3, Sequence(
    ("iccid", "Iccid", OPTIONAL),
    ("isdpAid", app(15, "OctetTo16"), OPTIONAL),
    ("profileState", ctx(112, "ProfileState"), OPTIONAL),
    ("profileNickname", ctx(16, Utf8(64)), OPTIONAL),
    ("serviceProviderName", ctx(17, Utf8(32)), OPTIONAL),
    ("profileName", ctx(18, Utf8(64)), OPTIONAL),
    ("iconType", ctx(19, "IconType"), OPTIONAL),
    ("icon", ctx(20, Octets(*range(0, 1025))), OPTIONAL),
    ("profileClass", ctx(21, "ProfileClass"), OPTIONAL),
    ("notificationConfigurationInfo",
     ctx(22, SequenceOf("NotificationConfigurationInformation")), OPTIONAL),
    ("profileOwner", ctx(23, "OperatorId"), OPTIONAL),
    ("dpProprietaryData", ctx(24, "DpProprietaryData"), OPTIONAL),
    ("profilePolicyRules", ctx(25, "PprIds"), OPTIONAL),
    ("refArDo", ctx(118, SequenceOf("RefArDo")), OPTIONAL))))
DEFINE("RefArDo", priv(2, Sequence(
    ("refDo", priv(1, Sequence(
        ("deviceAppIdRefDo", priv(1, Octets(20, 32))),
        ("pkgRefDo", priv(10, Octets(*range(0, 128))), OPTIONAL)))),
    ("arDo", priv(3, Sequence(
        ("permArDo", priv(27, Octets(8)))))))))
DEFINE("PprIds", Bits("pprUpdateControl", "ppr1", "ppr2"))
DEFINE("OperatorId", Sequence(
    ("mccMnc", Octets(3)),
    ("gid1", OCTETS, OPTIONAL),
    ("gid2", OCTETS, OPTIONAL)))
DEFINE("ProfileInfoListError", Integer(incorrectInputValues=1, undefinedError=127))
DEFINE("StoreMetadataRequest", ctx(37, Sequence(
    ("iccid", "Iccid"),
    ("serviceProviderName", ctx(17, Utf8(32))),
    ("profileName", ctx(18, Utf8(64))),
    ("iconType", ctx(19, "IconType"), OPTIONAL),
    ("icon", ctx(20, Octets(*range(0, 1025))), OPTIONAL),
    ("profileClass", ctx(21, "ProfileClass"), "operational"),
    ("notificationConfigurationInfo",
     ctx(22, SequenceOf("NotificationConfigurationInformation")), OPTIONAL),
    ("profileOwner", ctx(23, "OperatorId"), OPTIONAL),
    ("profilePolicyRules", ctx(25, "PprIds"), OPTIONAL))))
DEFINE("UpdateMetadataRequest", ctx(42, Sequence(
    ("serviceProviderName", ctx(17, Utf8(32)), OPTIONAL),
    ("profileName", ctx(18, Utf8(64)), OPTIONAL),
    ("iconType", ctx(19, "IconType"), OPTIONAL),
    ("icon", ctx(20, Octets(*range(0, 1025))), OPTIONAL),
    ("profilePolicyRules", ctx(25, "PprIds"), OPTIONAL))))
DEFINE("NotificationEvent", Bits("notificationInstall", "notificationEnable",
                                 "notificationDisable", "notificationDelete"))
DEFINE("NotificationConfigurationInformation", Sequence(
    ("profileManagementOperation", "NotificationEvent"),
    ("notificationAddress", UTF8)))
DEFINE("IconType", Integer(jpg=0, png=1))
DEFINE("ProfileState", Integer(disabled=0, enabled=1))
DEFINE("ProfileClass", Integer(test=0, provisioning=1, operational=2))

# -- PrepareDownload
DEFINE("PrepareDownloadRequest", ctx(33, Sequence(
    ("smdpSigned2", "SmdpSigned2"),
    ("smdpSignature2", app(55, OCTETS)),
    ("hashCc", "Octet32", OPTIONAL),
    ("smdpCertificate", "Certificate"))))
DEFINE("SmdpSigned2", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("ccRequiredFlag", BOOLEAN),
    ("bppEuiccOtpk", app(73, OCTETS), OPTIONAL)))
DEFINE("PrepareDownloadResponse", ctx(33, Choice(
    ("downloadResponseOk", "PrepareDownloadResponseOk"),
    ("downloadResponseError", "PrepareDownloadResponseError"))))
DEFINE("PrepareDownloadResponseOk", Sequence(
    ("euiccSigned2", "EUICCSigned2"),
    ("euiccSignature2", app(55, OCTETS))))
DEFINE("EUICCSigned2", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("euiccOtpk", app(73, OCTETS)),
    ("hashCc", "Octet32", OPTIONAL)))
DEFINE("PrepareDownloadResponseError", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("downloadErrorCode", "DownloadErrorCode")))
DEFINE("DownloadErrorCode", Integer(invalidCertificate=1, invalidSignature=2, unsupportedCurve=3,
                                    noSessionContext=4, invalidTransactionId=5,
                                    undefinedError=127))

# -- AuthenticateServer
DEFINE("AuthenticateServerRequest", ctx(56, Sequence(
    ("serverSigned1", "ServerSigned1"),
    ("serverSignature1", app(55, OCTETS)),
    ("euiccCiPKIdToBeUsed", "SubjectKeyIdentifier"),
    ("serverCertificate", "Certificate"),
    ("ctxParams1", "CtxParams1"))))
DEFINE("ServerSigned1", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("euiccChallenge", ctx(1, "Octet16")),
    ("serverAddress", ctx(3, UTF8)),
    ("serverChallenge", ctx(4, "Octet16"))))
DEFINE("CtxParams1", SingleChoice(
    ("ctxParamsForCommonAuthentication", "CtxParamsForCommonAuthentication")))
DEFINE("CtxParamsForCommonAuthentication", Sequence(
    ("matchingId", UTF8, OPTIONAL),
    ("deviceInfo", "DeviceInfo")))
DEFINE("AuthenticateServerResponse", ctx(56, Choice(
    ("authenticateResponseOk", "AuthenticateResponseOk"),
    ("authenticateResponseError", "AuthenticateResponseError"))))
DEFINE("AuthenticateResponseOk", Sequence(
    ("euiccSigned1", "EuiccSigned1"),
    ("euiccSignature1", app(55, OCTETS)),
    ("euiccCertificate", "Certificate"),
    ("eumCertificate", "Certificate")))
DEFINE("EuiccSigned1", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("serverAddress", ctx(3, UTF8)),
    ("serverChallenge", ctx(4, "Octet16")),
    ("euiccInfo2", ctx(34, "EUICCInfo2")),
    ("ctxParams1", "CtxParams1")))
DEFINE("AuthenticateResponseError", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("authenticateErrorCode", "AuthenticateErrorCode")))
DEFINE("AuthenticateErrorCode", Integer(
    invalidCertificate=1, invalidSignature=2, unsupportedCurve=3, noSessionContext=4,
    invalidOid=5, euiccChallengeMismatch=6, ciPKUnknown=7, undefinedError=127))

# -- CancelSession
DEFINE("CancelSessionRequest", ctx(65, Sequence(
    ("transactionId", "TransactionId"),
    ("reason", "CancelSessionReason"))))
DEFINE("CancelSessionReason", Integer(
    endUserRejection=0, postponed=1, timeout=2, pprNotAllowed=3, metadataMismatch=4,
    loadBppExecutionError=5, undefinedReason=127))
DEFINE("CancelSessionResponse", ctx(65, Choice(
    ("cancelSessionResponseOk", "CancelSessionResponseOk"),
    ("cancelSessionResponseError", Integer(invalidTransactionId=5, undefinedError=127)))))
DEFINE("CancelSessionResponseOk", Sequence(
    ("euiccCancelSessionSigned", "EuiccCancelSessionSigned"),
    ("euiccCancelSessionSignature", app(55, OCTETS))))
DEFINE("EuiccCancelSessionSigned", Sequence(
    ("transactionId", "TransactionId"),
    ("smdpOid", OID),
    ("reason", "CancelSessionReason")))

# -- Bound Profile Package
DEFINE("BoundProfilePackage", ctx(54, Sequence(
    ("initialiseSecureChannelRequest", ctx(35, "InitialiseSecureChannelRequest")),
    ("firstSequenceOf87", ctx(0, SequenceOf(ctx(7, OCTETS)))),
    ("sequenceOf88", ctx(1, SequenceOf(ctx(8, OCTETS)))),
    ("secondSequenceOf87", ctx(2, SequenceOf(ctx(7, OCTETS))), OPTIONAL),
    ("sequenceOf86", ctx(3, SequenceOf(ctx(6, OCTETS)))))))
DEFINE("InitialiseSecureChannelRequest", ctx(35, Sequence(
    ("remoteOpId", "RemoteOpId"),
    ("transactionId", ctx(0, "TransactionId")),
    ("controlRefTemplate", ctx(6, "ControlRefTemplate")),
    ("smdpOtpk", app(73, OCTETS)),
    ("smdpSign", app(55, OCTETS)))))
DEFINE("ControlRefTemplate", Sequence(
    ("keyType", ctx(0, "Octet1")),
    ("keyLen", ctx(1, "Octet1")),
    ("hostId", ctx(4, "OctetTo16"))))
DEFINE("ConfigureISDPRequest", ctx(36, Sequence(
    ("dpProprietaryData", ctx(24, "DpProprietaryData"), OPTIONAL))))
DEFINE("DpProprietaryData", Sequence(("dpOid", OID)))
DEFINE("ReplaceSessionKeysRequest", ctx(38, Sequence(
    ("initialMacChainingValue", OCTETS),
    ("ppkEnc", OCTETS),
    ("ppkCmac", OCTETS))))

# -- challenge, result, notifications
DEFINE("GetEuiccChallengeRequest", ctx(46, Sequence()))
DEFINE("GetEuiccChallengeResponse", ctx(46, Sequence(("euiccChallenge", "Octet16"))))
DEFINE("ProfileInstallationResult", ctx(55, Sequence(
    ("profileInstallationResultData", ctx(39, "ProfileInstallationResultData")),
    ("euiccSignPIR", "EuiccSignPIR"))))
DEFINE("ProfileInstallationResultData", ctx(39, Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("notificationMetadata", ctx(47, "NotificationMetadata")),
    ("smdpOid", OID),
    ("finalResult", ctx(2, Choice(
        ("successResult", "SuccessResult"),
        ("errorResult", "ErrorResult")))))))
DEFINE("EuiccSignPIR", app(55, OCTETS))
DEFINE("SuccessResult", Sequence(
    ("aid", app(15, Octets(*range(5, 17)))),
    ("simaResponse", OCTETS)))
DEFINE("ErrorResult", Sequence(
    ("bppCommandId", "BppCommandId"),
    ("errorReason", "ErrorReason"),
    ("simaResponse", OCTETS, OPTIONAL)))
DEFINE("BppCommandId", Integer(initialiseSecureChannel=0, configureISDP=1, storeMetadata=2,
                               storeMetadata2=3, replaceSessionKeys=4, loadProfileElements=5))
DEFINE("ErrorReason", Integer(
    incorrectInputValues=1, invalidSignature=2, invalidTransactionId=3, unsupportedCrtValues=4,
    unsupportedRemoteOperationType=5, unsupportedProfileClass=6, scp03tStructureError=7,
    scp03tSecurityError=8, installFailedDueToIccidAlreadyExistsOnEuicc=9,
    installFailedDueToInsufficientMemoryForProfile=10, installFailedDueToInterruption=11,
    installFailedDueToPEProcessingError=12, installFailedDueToDataMismatch=13,
    testProfileInstallFailedDueToInvalidNaaKey=14, pprNotAllowed=15,
    installFailedDueToUnknownError=127))
DEFINE("ListNotificationRequest", ctx(40, Sequence(
    ("profileManagementOperation", ctx(1, "NotificationEvent"), OPTIONAL))))
DEFINE("ListNotificationResponse", ctx(40, Choice(
    ("notificationMetadataList", SequenceOf("NotificationMetadata")),
    ("listNotificationsResultError", Integer(undefinedError=127)))))
DEFINE("NotificationMetadata", ctx(47, Sequence(
    ("seqNumber", ctx(0, INTEGER)),
    ("profileManagementOperation", ctx(1, "NotificationEvent")),
    ("notificationAddress", UTF8),
    ("iccid", "Iccid", OPTIONAL))))
DEFINE("SetNicknameRequest", ctx(41, Sequence(
    ("iccid", "Iccid"),
    ("profileNickname", ctx(16, Utf8(64))))))
DEFINE("SetNicknameResponse", ctx(41, Sequence(
    ("setNicknameResult", Integer(ok=0, iccidNotFound=1, undefinedError=127)))))
DEFINE("RetrieveNotificationsListRequest", ctx(43, Sequence(
    ("searchCriteria", Choice(
        ("seqNumber", ctx(0, INTEGER)),
        ("profileManagementOperation", ctx(1, "NotificationEvent"))), OPTIONAL))))
DEFINE("RetrieveNotificationsListResponse", ctx(43, Choice(
    ("notificationList", SequenceOf("PendingNotification")),
    ("notificationsListResultError", Integer(noResultAvailable=1, undefinedError=127)))))
DEFINE("PendingNotification", Choice(
    ("profileInstallationResult", ctx(55, "ProfileInstallationResult")),
    ("otherSignedNotification", "OtherSignedNotification")))
DEFINE("OtherSignedNotification", Sequence(
    ("tbsOtherNotification", "NotificationMetadata"),
    ("euiccNotificationSignature", app(55, OCTETS)),
    ("euiccCertificate", "Certificate"),
    ("eumCertificate", "Certificate")))
DEFINE("NotificationSentRequest", ctx(48, Sequence(("seqNumber", ctx(0, INTEGER)))))
DEFINE("NotificationSentResponse", ctx(48, Sequence(
    ("deleteNotificationStatus", Integer(ok=0, nothingToDelete=1, undefinedError=127)))))

# -- local profile management
IDENTIFIER = (("isdpAid", app(15, "OctetTo16")), ("iccid", "Iccid"))
DEFINE("EnableProfileRequest", ctx(49, Sequence(
    ("profileIdentifier", Choice(*IDENTIFIER)),
    ("refreshFlag", BOOLEAN))))
DEFINE("EnableProfileResponse", ctx(49, Sequence(
    ("enableResult", Integer(ok=0, iccidOrAidNotFound=1, profileNotInDisabledState=2,
                             disallowedByPolicy=3, wrongProfileReenabling=4, catBusy=5,
                             undefinedError=127)))))
DEFINE("DisableProfileRequest", ctx(50, Sequence(
    ("profileIdentifier", Choice(*IDENTIFIER)),
    ("refreshFlag", BOOLEAN))))
DEFINE("DisableProfileResponse", ctx(50, Sequence(
    ("disableResult", Integer(ok=0, iccidOrAidNotFound=1, profileNotInEnabledState=2,
                              disallowedByPolicy=3, catBusy=5, undefinedError=127)))))
DEFINE("DeleteProfileRequest", ctx(51, Choice(*IDENTIFIER)))
DEFINE("DeleteProfileResponse", ctx(51, Sequence(
    ("deleteResult", Integer(ok=0, iccidOrAidNotFound=1, profileNotInDisabledState=2,
                             disallowedByPolicy=3, undefinedError=127)))))
DEFINE("EuiccMemoryResetRequest", ctx(52, Sequence(
    ("resetOptions", ctx(2, Bits("deleteOperationalProfiles", "deleteFieldLoadedTestProfiles",
                                 "resetDefaultSmdpAddress"))))))
DEFINE("EuiccMemoryResetResponse", ctx(52, Sequence(
    ("resetResult", Integer(ok=0, nothingToDelete=1, catBusy=5, undefinedError=127)))))
DEFINE("GetEuiccDataRequest", ctx(62, Sequence(("tagList", app(28, "Octet1")))))
DEFINE("GetEuiccDataResponse", ctx(62, Sequence(("eidValue", app(26, "Octet16")))))
DEFINE("GetRatRequest", ctx(67, Sequence()))
DEFINE("GetRatResponse", ctx(67, Sequence(("rat", "RulesAuthorisationTable"))))
DEFINE("RulesAuthorisationTable", SequenceOf("ProfilePolicyAuthorisationRule"))
DEFINE("ProfilePolicyAuthorisationRule", Sequence(
    ("pprIds", "PprIds"),
    ("allowedOperators", SequenceOf("OperatorId")),
    ("pprFlags", Bits("consentRequired"))))
DEFINE("LoadCRLRequest", ctx(53, Sequence(("crl", "CertificateList"))))
DEFINE("LoadCRLResponse", ctx(53, Choice(
    ("loadCRLResponseOk", "LoadCRLResponseOk"),
    ("loadCRLResponseError", "LoadCRLResponseError"))))
DEFINE("LoadCRLResponseOk", Sequence(("missingParts", SequenceOf(INTEGER), OPTIONAL)))
DEFINE("LoadCRLResponseError", Integer(
    invalidSignature=1, invalidCRLFormat=2, notEnoughMemorySpace=3, verificationKeyNotFound=4,
    fresherCrlAlreadyLoaded=5, baseCrlMissing=6, undefinedError=127))
DEFINE("EuiccConfiguredAddressesRequest", ctx(60, Sequence()))
DEFINE("EuiccConfiguredAddressesResponse", ctx(60, Sequence(
    ("defaultDpAddress", UTF8, OPTIONAL),
    ("rootDsAddress", UTF8))))
DEFINE("SetDefaultDpAddressRequest", ctx(63, Sequence(("defaultDpAddress", UTF8))))
DEFINE("SetDefaultDpAddressResponse", ctx(63, Sequence(
    ("setDefaultDpAddressResult", Integer(ok=0, undefinedError=127)))))

# -- ES9+ and ES11, ASN.1 binding
DEFINE("RemoteProfileProvisioningRequest", ctx(2, Choice(
    ("initiateAuthenticationRequest", ctx(57, "InitiateAuthenticationRequest")),
    ("authenticateClientRequest", ctx(59, "AuthenticateClientRequest")),
    ("getBoundProfilePackageRequest", ctx(58, "GetBoundProfilePackageRequest")),
    ("cancelSessionRequestEs9", ctx(65, "CancelSessionRequestEs9")),
    ("handleNotification", ctx(61, "HandleNotification")))))
DEFINE("RemoteProfileProvisioningResponse", ctx(2, Choice(
    ("initiateAuthenticationResponse", ctx(57, "InitiateAuthenticationResponse")),
    ("authenticateClientResponseEs9", ctx(59, "AuthenticateClientResponseEs9")),
    ("getBoundProfilePackageResponse", ctx(58, "GetBoundProfilePackageResponse")),
    ("cancelSessionResponseEs9", ctx(65, "CancelSessionResponseEs9")),
    ("authenticateClientResponseEs11", ctx(64, "AuthenticateClientResponseEs11")))))
DEFINE("InitiateAuthenticationRequest", ctx(57, Sequence(
    ("euiccChallenge", ctx(1, "Octet16")),
    ("smdpAddress", ctx(3, UTF8)),
    ("euiccInfo1", "EUICCInfo1"))))
DEFINE("InitiateAuthenticationResponse", ctx(57, Choice(
    ("initiateAuthenticationOk", "InitiateAuthenticationOkEs9"),
    ("initiateAuthenticationError", Integer(
        invalidDpAddress=1, euiccVersionNotSupportedByDp=2, ciPKNotSupported=3)))))
DEFINE("InitiateAuthenticationOkEs9", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("serverSigned1", "ServerSigned1"),
    ("serverSignature1", app(55, OCTETS)),
    ("euiccCiPKIdToBeUsed", "SubjectKeyIdentifier"),
    ("serverCertificate", "Certificate")))
DEFINE("AuthenticateClientRequest", ctx(59, Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("authenticateServerResponse", ctx(56, "AuthenticateServerResponse")))))
DEFINE("AuthenticateClientResponseEs9", ctx(59, Choice(
    ("authenticateClientOk", "AuthenticateClientOk"),
    ("authenticateClientError", Integer(
        eumCertificateInvalid=1, eumCertificateExpired=2, euiccCertificateInvalid=3,
        euiccCertificateExpired=4, euiccSignatureInvalid=5, matchingIdRefused=6, eidMismatch=7,
        noEligibleProfile=8, ciPKUnknown=9, invalidTransactionId=10, insufficientMemory=11,
        undefinedError=127)))))
DEFINE("AuthenticateClientOk", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("profileMetaData", ctx(37, "StoreMetadataRequest")),
    ("smdpSigned2", "SmdpSigned2"),
    ("smdpSignature2", app(55, OCTETS)),
    ("smdpCertificate", "Certificate")))
DEFINE("GetBoundProfilePackageRequest", ctx(58, Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("prepareDownloadResponse", ctx(33, "PrepareDownloadResponse")))))
DEFINE("GetBoundProfilePackageResponse", ctx(58, Choice(
    ("getBoundProfilePackageOk", "GetBoundProfilePackageOk"),
    ("getBoundProfilePackageError", Integer(
        euiccSignatureInvalid=1, confirmationCodeMissing=2, confirmationCodeRefused=3,
        confirmationCodeRetriesExceeded=4, bppRebindingRefused=5, downloadOrderExpired=6,
        invalidTransactionId=95, undefinedError=127)))))
DEFINE("GetBoundProfilePackageOk", Sequence(
    ("transactionId", ctx(0, "TransactionId")),
    ("boundProfilePackage", ctx(54, Whole(CONTEXT, 54)))))
DEFINE("HandleNotification", ctx(61, Sequence(("pendingNotification", "PendingNotification"))))
DEFINE("CancelSessionRequestEs9", ctx(65, Sequence(
    ("transactionId", "TransactionId"),
    ("cancelSessionResponse", "CancelSessionResponse"))))
DEFINE("CancelSessionResponseEs9", ctx(65, Choice(
    ("cancelSessionOk", "CancelSessionOk"),
    ("cancelSessionError", Integer(
        invalidTransactionId=1, euiccSignatureInvalid=2, undefinedError=127)))))
DEFINE("CancelSessionOk", Sequence())
DEFINE("AuthenticateClientResponseEs11", ctx(64, Choice(
    ("authenticateClientOk", "AuthenticateClientOkEs11"),
    ("authenticateClientError", Integer(
        eumCertificateInvalid=1, eumCertificateExpired=2, euiccCertificateInvalid=3,
        euiccCertificateExpired=4, euiccSignatureInvalid=5, eventIdUnknown=6,
        invalidTransactionId=7, undefinedError=127)))))
DEFINE("AuthenticateClientOkEs11", Sequence(
    ("transactionId", "TransactionId"),
    ("eventEntries", SequenceOf("EventEntries"))))
DEFINE("EventEntries", Sequence(("eventId", UTF8), ("rspServerAddress", UTF8)))

MESSAGES = """
    initialiseSecureChannelRequest configureISDPRequest storeMetadataRequest
    replaceSessionKeysRequest boundProfilePackage profileInstallationResultData
    profileInstallationResult notificationMetadata euiccConfiguredAddressesRequest
    euiccConfiguredAddressesResponse setDefaultDpAddressRequest setDefaultDpAddressResponse
    getEuiccInfo1Request euiccInfo1 getEuiccInfo2Request euiccInfo2 getEuiccChallengeRequest
    getEuiccChallengeResponse authenticateServerRequest authenticateServerResponse
    prepareDownloadRequest prepareDownloadResponse cancelSessionRequest cancelSessionResponse
    listNotificationRequest listNotificationResponse retrieveNotificationsListRequest
    retrieveNotificationsListResponse notificationSentRequest notificationSentResponse
    otherSignedNotification loadCRLRequest loadCRLResponse getRatRequest getRatResponse
    profileInfo profileInfoListRequest profileInfoListResponse enableProfileRequest
    enableProfileResponse disableProfileRequest disableProfileResponse deleteProfileRequest
    deleteProfileResponse euiccMemoryResetRequest euiccMemoryResetResponse getEuiccDataRequest
    getEuiccDataResponse setNicknameRequest setNicknameResponse initiateAuthenticationRequest
    authenticateClientRequest getBoundProfilePackageRequest handleNotification
    cancelSessionRequestEs9 remoteProfileProvisioningRequest remoteProfileProvisioningResponse
    updateMetadataRequest
""".split()


def type_of(message):
    name = message.replace("euiccInfo", "EUICCInfo")
    return TYPES[name[0].upper() + name[1:]]


def encode(message, value, strict=True):
    return type_of(message).element(value, strict).der()


# ---------------------------------------------------------------------------
# 4. Editing an encoding: for everything a DER encoder would not produce
# ---------------------------------------------------------------------------

class Node:
    """One element: tag as hex text and either children (constructed) or content."""

    def __init__(self, tag, children=None, content=b""):
        self.tag, self.children, self.content = tag, children, content
        self.length_form = 0            # forced number of length octets
        self.length_text = None         # length octets given as hex, whatever the content
        self.suffix = b""               # octets after the content (end-of-contents)

    def body(self):
        if self.children is None:
            return self.content
        return b"".join(child.encoding() for child in self.children)

    def encoding(self):
        body = self.body()
        if self.length_text is None:
            length = length_octets(len(body), self.length_form)
        else:
            length = bytes.fromhex(self.length_text)
        return bytes.fromhex(self.tag) + length + body + self.suffix


class Raw:
    """Octets put in as they are."""

    tag = None

    def __init__(self, text):
        self.octets = bytes.fromhex(text)

    def encoding(self):
        return self.octets


def parse(data):
    """Concatenated DER elements to nodes; refuses what is not shortest definite form."""
    nodes, at = [], 0
    while at < len(data):
        start = at
        constructed = data[at] & 0x20
        many = data[at] & 0x1F == 0x1F
        at += 1
        if many:
            while data[at] & 0x80:
                at += 1
            at += 1
        tag = data[start:at].hex().upper()
        length = data[at]
        at += 1
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at:at + count], "big")
            assert data[at - 1:at + count] == length_octets(length), "not the shortest length"
            at += count
        content = data[at:at + length]
        assert len(content) == length, "truncated"
        at += length
        nodes.append(Node(tag, parse(content)) if constructed else Node(tag, None, content))
    return nodes


def edit(der, path, change):
    """Apply change(siblings, index) to the element at path, e.g. 'BF43/A0/30[1]/80'."""
    siblings = roots = parse(der)
    steps = path.split("/")
    for depth, step in enumerate(steps):
        tag, _, number = step.partition("[")
        places = [i for i, node in enumerate(siblings) if node.tag == tag]
        index = places[int(number.rstrip("]") or 0) if number else 0]
        if depth < len(steps) - 1:
            siblings = siblings[index].children
    change(siblings, index)
    return b"".join(node.encoding() for node in roots)


def twice(der, path):
    return edit(der, path, lambda siblings, i: siblings.insert(i, copy.deepcopy(siblings[i])))


def swap(der, path):
    """Exchange the element with the one that follows it."""
    def change(siblings, i):
        siblings[i], siblings[i + 1] = siblings[i + 1], siblings[i]
    return edit(der, path, change)


def after(der, path, text):
    return edit(der, path, lambda siblings, i: siblings.insert(i + 1, Raw(text)))


def content(der, path, text):
    def change(siblings, i):
        siblings[i] = Node(siblings[i].tag, None, bytes.fromhex(text))
    return edit(der, path, change)


def renamed(der, path, tag):
    return edit(der, path, lambda siblings, i: setattr(siblings[i], "tag", tag))


def long_form(der, octets, *paths):
    """The same number of length octets for several elements (tags that occur once)."""
    roots = parse(der)
    for path in paths:
        nodes = roots
        for step in path.split("/"):
            (node,) = [n for n in nodes if n.tag == step]
            nodes = node.children
        node.length_form = octets
    return b"".join(node.encoding() for node in roots)


def with_length(der, path, text):
    return edit(der, path, lambda siblings, i: setattr(siblings[i], "length_text", text))


def indefinite(der, path):
    def change(siblings, i):
        siblings[i].length_text, siblings[i].suffix = "80", b"\x00\x00"
    return edit(der, path, change)


def all_long(der, octets):
    """Every length in the same long form (not for messages with a certificate)."""
    roots = parse(der)

    def walk(nodes):
        for node in nodes:
            node.length_form = octets
            walk(node.children or [])
    walk(roots)
    return b"".join(node.encoding() for node in roots)


def shape(der):
    """The tags of an encoding as text: BF30{80}."""
    def text(node):
        if node.children is None:
            return node.tag
        return node.tag + "{" + " ".join(text(child) for child in node.children) + "}"
    return " ".join(text(node) for node in parse(der))


# ---------------------------------------------------------------------------
# 5. Sample values
# ---------------------------------------------------------------------------

def filler(size, start=0):
    """Recognisable octets, upper-case hex."""
    return bytes((start + 7 * i) & 0xFF for i in range(size)).hex().upper()


TX = "000102030405060708090A0B0C0D0E0F"
CHALLENGE = "101112131415161718191A1B1C1D1E1F"
SERVER_CHALLENGE = "202122232425262728292A2B2C2D2E2F"
SIGNATURE = filler(64, 0x40)
OTPK = "04" + filler(64, 0x80)
HASH_CC = filler(32, 0xC0)
KEY_ID = "F54172BDF98A95D65CBEB88A38A1C11D800A85C3"
KEY_ID_2 = "C0BC70BA36929D43B467FF57570530E57AB8FCD8"
CERTIFICATE = "3003020105"
EUM_CERTIFICATE = "3003020106"
LONG_CERTIFICATE = "30820133" + "0482012F" + filler(303)
ICCID = "98001032547698103214"
ICCID_2 = "981032547698103254F6"
ISDP_AID = "A0000005591010FFFFFFFF8900001100"
EID = "89049032123451234512345678901235"
ADDRESS = "smdp.example.com"
DS_ADDRESS = "smds.example.net"
SIMA_OK = "3007A0053003800100"

DEVICE_MIN = {"tac": "35123456", "deviceCapabilities": {}}
DEVICE_MAX = {
    "tac": "35123456",
    "deviceCapabilities": {name: "%02X%02X%02X" % (i + 1, 16 * i, i)
                           for i, name in enumerate(RELEASES)},
    "imei": "3512345678901234"}
CTX_MIN = {"deviceInfo": DEVICE_MIN}
CTX_MAX = {"matchingId": "04386-AGYFT-A74Y8-3F815", "deviceInfo": DEVICE_MAX}

INFO1_MIN = {"svn": "020000",
             "euiccCiPKIdListForVerification": [], "euiccCiPKIdListForSigning": []}
INFO1_MAX = {"svn": "020502",
             "euiccCiPKIdListForVerification": [KEY_ID, KEY_ID_2],
             "euiccCiPKIdListForSigning": [KEY_ID_2, KEY_ID]}
INFO2_MIN = {"profileVersion": "020100", "svn": "020202", "euiccFirmwareVer": "040500",
             "extCardResource": "", "uiccCapability": "", "rspCapability": "",
             "euiccCiPKIdListForVerification": [], "euiccCiPKIdListForSigning": [],
             "ppVersion": "000001", "sasAcreditationNumber": ""}
INFO2_MAX = {"profileVersion": "020300", "svn": "020502", "euiccFirmwareVer": "FF007F",
             "extCardResource": "81010282040007A12083022F26",
             "uiccCapability": "1" * 26,
             "ts102241Version": "090200", "globalplatformVersion": "020300",
             "rspCapability": "11111",
             "euiccCiPKIdListForVerification": [KEY_ID, KEY_ID_2],
             "euiccCiPKIdListForSigning": [KEY_ID],
             "euiccCategory": "mediumEuicc", "forbiddenProfilePolicyRules": "111",
             "ppVersion": "010000", "sasAcreditationNumber": "GI-BA-UP-0419" + "x" * 51,
             "certificationDataObject": {"platformLabel": "1.2.840.1234567/myPlatformLabel",
                                         "discoveryBaseURL": "https://dloa.example.org/euicc"}}

OWNER_MIN = {"mccMnc": "00F110"}
OWNER_MAX = {"mccMnc": "62F220", "gid1": "0A0B", "gid2": "FFFE0001"}
CONFIGURATION = [
    {"profileManagementOperation": "1", "notificationAddress": ADDRESS},
    {"profileManagementOperation": "0111", "notificationAddress": "notify.example.org"}]
REF_AR_DO = [
    {"refDo": {"deviceAppIdRefDo": filler(20, 1), "pkgRefDo": "636F6D2E6578616D706C652E617070"},
     "arDo": {"permArDo": "0000000000000001"}},
    {"refDo": {"deviceAppIdRefDo": filler(32, 2)}, "arDo": {"permArDo": "FFFFFFFFFFFFFFFF"}}]
METADATA_MIN = {"iccid": ICCID, "serviceProviderName": "", "profileName": "",
                "profileClass": "operational"}
METADATA_MAX = {"iccid": ICCID, "serviceProviderName": "Test Operator",
                "profileName": "Test Profile", "iconType": "png", "icon": "89504E470D0A1A0A",
                "profileClass": "test", "notificationConfigurationInfo": CONFIGURATION,
                "profileOwner": OWNER_MAX, "profilePolicyRules": "011"}
UPDATE_MAX = {"serviceProviderName": "Test Operator", "profileName": "Test Profile",
              "iconType": "png", "icon": "89504E470D0A1A0A", "profilePolicyRules": "01"}
PROFILE_MAX = {"iccid": ICCID, "isdpAid": ISDP_AID, "profileState": "enabled",
               "profileNickname": "Reise-SIM ✈", "serviceProviderName": "Test Operator",
               "profileName": "Test Profile", "iconType": "jpg", "icon": filler(1024),
               "profileClass": "operational", "notificationConfigurationInfo": CONFIGURATION,
               "profileOwner": OWNER_MAX, "dpProprietaryData": {"dpOid": "2.999.10"},
               "profilePolicyRules": "01", "refArDo": REF_AR_DO}

NOTE_MIN = {"seqNumber": 0, "profileManagementOperation": "1", "notificationAddress": ADDRESS}
NOTE_MAX = {"seqNumber": 70000, "profileManagementOperation": "0001",
            "notificationAddress": "notify.example.org", "iccid": ICCID}
SUCCESS = {"successResult": {"aid": ISDP_AID, "simaResponse": SIMA_OK}}
ERROR_MIN = {"errorResult": {"bppCommandId": "initialiseSecureChannel",
                             "errorReason": "invalidSignature"}}
ERROR_MAX = {"errorResult": {"bppCommandId": "loadProfileElements",
                             "errorReason": "installFailedDueToPEProcessingError",
                             "simaResponse": "3009A007300580010A8101" + "03"}}
RESULT_MIN = {"transactionId": "A5", "notificationMetadata": NOTE_MIN, "smdpOid": "2.999.10",
              "finalResult": ERROR_MIN}
RESULT_MAX = {"transactionId": TX, "notificationMetadata": NOTE_MAX,
              "smdpOid": "1.3.6.1.4.1.99999.1.2.16384", "finalResult": ERROR_MAX}
RESULT_OK = {"transactionId": TX, "notificationMetadata": dict(NOTE_MIN, iccid=ICCID),
             "smdpOid": "2.999.10", "finalResult": SUCCESS}
OTHER_NOTE = {"tbsOtherNotification": NOTE_MAX, "euiccNotificationSignature": SIGNATURE,
              "euiccCertificate": CERTIFICATE, "eumCertificate": EUM_CERTIFICATE}
OTHER_NOTE_MIN = dict(OTHER_NOTE, tbsOtherNotification=NOTE_MIN)


def signed_result(data):
    return {"profileInstallationResultData": data, "euiccSignPIR": SIGNATURE}


SECURE_CHANNEL = {"remoteOpId": "installBoundProfilePackage", "transactionId": TX,
                  "controlRefTemplate": {"keyType": "88", "keyLen": "10",
                                         "hostId": "8080808080808080"},
                  "smdpOtpk": OTPK, "smdpSign": SIGNATURE}
BPP_MIN = {"initialiseSecureChannelRequest": SECURE_CHANNEL, "firstSequenceOf87": [filler(24)],
           "sequenceOf88": [filler(56, 3)], "sequenceOf86": [filler(24, 5)]}
BPP_MAX = {"initialiseSecureChannelRequest": SECURE_CHANNEL, "firstSequenceOf87": [filler(40)],
           "sequenceOf88": [filler(1016, 3), filler(200, 4)],
           "secondSequenceOf87": [filler(72, 6)],
           "sequenceOf86": [filler(1016, i) for i in range(3)] + [filler(40, 9)]}

SERVER_SIGNED1 = {"transactionId": TX, "euiccChallenge": CHALLENGE, "serverAddress": ADDRESS,
                  "serverChallenge": SERVER_CHALLENGE}
SMDP_SIGNED2_MIN = {"transactionId": TX, "ccRequiredFlag": False}
SMDP_SIGNED2_MAX = {"transactionId": TX, "ccRequiredFlag": True, "bppEuiccOtpk": OTPK}


def server_authentication(ctx_params, signed1=SERVER_SIGNED1, certificate=CERTIFICATE):
    return {"serverSigned1": signed1, "serverSignature1": SIGNATURE,
            "euiccCiPKIdToBeUsed": KEY_ID, "serverCertificate": certificate,
            "ctxParams1": ctx_params}


def authenticate_ok(info2, ctx_params):
    return {"authenticateResponseOk": {
        "euiccSigned1": {"transactionId": TX, "serverAddress": ADDRESS,
                         "serverChallenge": SERVER_CHALLENGE, "euiccInfo2": info2,
                         "ctxParams1": ctx_params},
        "euiccSignature1": SIGNATURE, "euiccCertificate": CERTIFICATE,
        "eumCertificate": EUM_CERTIFICATE}}


def authenticate_error(code, transaction=TX):
    return {"authenticateResponseError": {"transactionId": transaction,
                                          "authenticateErrorCode": code}}


def download_ok(**more):
    return {"downloadResponseOk": {
        "euiccSigned2": dict({"transactionId": TX, "euiccOtpk": OTPK}, **more),
        "euiccSignature2": SIGNATURE}}


def download_error(code, transaction=TX):
    return {"downloadResponseError": {"transactionId": transaction, "downloadErrorCode": code}}


def cancel_ok(reason, oid="2.999.10"):
    return {"cancelSessionResponseOk": {
        "euiccCancelSessionSigned": {"transactionId": TX, "smdpOid": oid, "reason": reason},
        "euiccCancelSessionSignature": SIGNATURE}}


def rule(ppr, operators, flags):
    return {"pprIds": ppr, "allowedOperators": operators, "pprFlags": flags}


INITIATE_OK = {"transactionId": TX, "serverSigned1": SERVER_SIGNED1,
               "serverSignature1": SIGNATURE, "euiccCiPKIdToBeUsed": KEY_ID,
               "serverCertificate": CERTIFICATE}


def client_ok(metadata, signed2):
    return {"authenticateClientOk": {
        "transactionId": TX, "profileMetaData": metadata, "smdpSigned2": signed2,
        "smdpSignature2": SIGNATURE, "smdpCertificate": CERTIFICATE}}


def package_ok(bpp):
    return {"getBoundProfilePackageOk": {
        "transactionId": TX, "boundProfilePackage": encode("boundProfilePackage", bpp).hex().upper()}}


def bit(number):
    """Only this bit set."""
    return "0" * number + "1"


# ---------------------------------------------------------------------------
# 6. Valid and tolerated vectors
# ---------------------------------------------------------------------------

VECTORS = []


def add(message, what, der, **members):
    assert message in MESSAGES, message
    vector = {"name": message + "/" + what, "message": message, "der": der.hex().upper()}
    vector.update(members)
    VECTORS.append(vector)


def good(message, what, value):
    add(message, what, encode(message, value), value=value)


def tolerated(message, what, value, change, **more):
    """'change' turns the DER into an encoding that must be accepted but not produced."""
    canonical = encode(message, value)
    add(message, what, change(canonical), value=value, tolerated=True,
        canonical=canonical.hex().upper(), **more)


def minimal_and_maximal():
    good("initialiseSecureChannelRequest", "minimal",
         dict(SECURE_CHANNEL, transactionId="01",
              controlRefTemplate={"keyType": "88", "keyLen": "10", "hostId": "00"}))
    good("initialiseSecureChannelRequest", "maximal",
         dict(SECURE_CHANNEL, controlRefTemplate={"keyType": "88", "keyLen": "10",
                                                  "hostId": filler(16)}))
    good("configureISDPRequest", "minimal", {})
    good("configureISDPRequest", "maximal", {"dpProprietaryData": {"dpOid": "2.999.10"}})
    good("configureISDPRequest", "proprietary-data-with-further-objects",
         {"dpProprietaryData": {"dpOid": "2.999.10", "unknown": "810401020304" + "A203800101"}})
    good("storeMetadataRequest", "minimal", METADATA_MIN)
    good("storeMetadataRequest", "maximal", METADATA_MAX)
    good("updateMetadataRequest", "minimal", {})
    good("updateMetadataRequest", "maximal", UPDATE_MAX)
    good("updateMetadataRequest", "empty-texts",
         {"serviceProviderName": "", "profileName": ""})
    good("updateMetadataRequest", "icon-removed", {"iconType": "jpg", "icon": ""})
    good("replaceSessionKeysRequest", "minimal",
         {"initialMacChainingValue": "", "ppkEnc": "", "ppkCmac": ""})
    good("replaceSessionKeysRequest", "maximal",
         {"initialMacChainingValue": filler(16, 1), "ppkEnc": filler(16, 2),
          "ppkCmac": filler(16, 3)})
    good("boundProfilePackage", "minimal", BPP_MIN)
    good("boundProfilePackage", "maximal", BPP_MAX)
    good("boundProfilePackage", "empty-lists",
         dict(BPP_MIN, firstSequenceOf87=[], sequenceOf88=[], secondSequenceOf87=[],
              sequenceOf86=[]))
    good("boundProfilePackage", "several-87-in-both-lists",
         dict(BPP_MIN, firstSequenceOf87=["01", "0203"], secondSequenceOf87=["", "04"]))

    good("profileInstallationResultData", "minimal", RESULT_MIN)
    good("profileInstallationResultData", "maximal", RESULT_MAX)
    good("profileInstallationResultData", "success", RESULT_OK)
    good("profileInstallationResultData", "success-shortest-aid",
         dict(RESULT_OK, finalResult={"successResult": {"aid": "A000000559",
                                                        "simaResponse": ""}}))
    good("profileInstallationResult", "minimal", signed_result(RESULT_MIN))
    good("profileInstallationResult", "maximal", signed_result(RESULT_MAX))
    good("profileInstallationResult", "success", signed_result(RESULT_OK))
    good("notificationMetadata", "minimal", NOTE_MIN)
    good("notificationMetadata", "maximal", NOTE_MAX)

    good("euiccConfiguredAddressesRequest", "minimal", {})
    good("euiccConfiguredAddressesResponse", "minimal", {"rootDsAddress": ""})
    good("euiccConfiguredAddressesResponse", "maximal",
         {"defaultDpAddress": ADDRESS, "rootDsAddress": DS_ADDRESS})
    good("euiccConfiguredAddressesResponse", "empty-default-address",
         {"defaultDpAddress": "", "rootDsAddress": DS_ADDRESS})
    good("setDefaultDpAddressRequest", "minimal", {"defaultDpAddress": ""})
    good("setDefaultDpAddressRequest", "maximal", {"defaultDpAddress": ADDRESS})

    good("getEuiccInfo1Request", "minimal", {})
    good("euiccInfo1", "minimal", INFO1_MIN)
    good("euiccInfo1", "maximal", INFO1_MAX)
    good("getEuiccInfo2Request", "minimal", {})
    good("euiccInfo2", "minimal", INFO2_MIN)
    good("euiccInfo2", "maximal", INFO2_MAX)
    good("getEuiccChallengeRequest", "minimal", {})
    good("getEuiccChallengeResponse", "maximal", {"euiccChallenge": CHALLENGE})
    good("getEuiccChallengeResponse", "all-zero", {"euiccChallenge": "00" * 16})

    good("authenticateServerRequest", "minimal",
         dict(server_authentication(CTX_MIN, dict(SERVER_SIGNED1, transactionId="01"))))
    good("authenticateServerRequest", "maximal", server_authentication(CTX_MAX))
    good("authenticateServerRequest", "matching-id-empty",
         server_authentication(dict(CTX_MIN, matchingId="")))
    good("authenticateServerRequest", "imei-without-capabilities",
         server_authentication({"deviceInfo": dict(DEVICE_MIN, imei="3512345678901234")}))
    good("authenticateServerRequest", "long-certificate",
         server_authentication(CTX_MAX, certificate=LONG_CERTIFICATE))
    for release in RELEASES:
        good("authenticateServerRequest", "only-" + release,
             server_authentication({"deviceInfo": {"tac": "35123456",
                                                   "deviceCapabilities": {release: "0F0200"}}}))
    good("authenticateServerResponse", "ok-minimal", authenticate_ok(INFO2_MIN, CTX_MIN))
    good("authenticateServerResponse", "ok-maximal", authenticate_ok(INFO2_MAX, CTX_MAX))
    good("authenticateServerResponse", "error-minimal",
         authenticate_error("invalidCertificate", "01"))
    good("prepareDownloadRequest", "minimal",
         {"smdpSigned2": SMDP_SIGNED2_MIN, "smdpSignature2": SIGNATURE,
          "smdpCertificate": CERTIFICATE})
    good("prepareDownloadRequest", "maximal",
         {"smdpSigned2": SMDP_SIGNED2_MAX, "smdpSignature2": SIGNATURE, "hashCc": HASH_CC,
          "smdpCertificate": CERTIFICATE})
    good("prepareDownloadRequest", "long-signature-and-certificate",
         {"smdpSigned2": SMDP_SIGNED2_MIN, "smdpSignature2": filler(132),
          "smdpCertificate": LONG_CERTIFICATE})
    good("prepareDownloadResponse", "ok-minimal", download_ok())
    good("prepareDownloadResponse", "ok-maximal", download_ok(hashCc=HASH_CC))
    good("cancelSessionRequest", "minimal", {"transactionId": "01", "reason": "postponed"})
    good("cancelSessionRequest", "maximal", {"transactionId": TX, "reason": "undefinedReason"})
    good("cancelSessionResponse", "ok", cancel_ok("endUserRejection"))

    good("listNotificationRequest", "minimal", {})
    good("listNotificationRequest", "no-event", {"profileManagementOperation": ""})
    good("listNotificationRequest", "maximal", {"profileManagementOperation": "1111"})
    good("listNotificationResponse", "empty-list", {"notificationMetadataList": []})
    good("listNotificationResponse", "two-entries",
         {"notificationMetadataList": [NOTE_MIN, NOTE_MAX]})
    good("retrieveNotificationsListRequest", "minimal", {})
    good("retrieveNotificationsListResponse", "empty-list", {"notificationList": []})
    good("retrieveNotificationsListResponse", "all-kinds",
         {"notificationList": [
             {"profileInstallationResult": signed_result(RESULT_OK)},
             {"otherSignedNotification": OTHER_NOTE},
             {"profileInstallationResult": signed_result(RESULT_MAX)},
             {"otherSignedNotification": OTHER_NOTE_MIN}]})
    good("retrieveNotificationsListResponse", "one-result",
         {"notificationList": [{"profileInstallationResult": signed_result(RESULT_MIN)}]})
    good("retrieveNotificationsListResponse", "one-other",
         {"notificationList": [{"otherSignedNotification": OTHER_NOTE}]})
    good("otherSignedNotification", "minimal", OTHER_NOTE_MIN)
    good("otherSignedNotification", "maximal", OTHER_NOTE)
    good("otherSignedNotification", "long-certificates",
         dict(OTHER_NOTE, euiccCertificate=LONG_CERTIFICATE, eumCertificate=LONG_CERTIFICATE))
    good("loadCRLRequest", "minimal", {"crl": CERTIFICATE})
    good("loadCRLRequest", "empty-crl", {"crl": "3000"})
    good("loadCRLRequest", "long", {"crl": LONG_CERTIFICATE})
    good("loadCRLResponse", "ok-minimal", {"loadCRLResponseOk": {}})
    good("loadCRLResponse", "ok-empty-list", {"loadCRLResponseOk": {"missingParts": []}})
    good("loadCRLResponse", "ok-maximal",
         {"loadCRLResponseOk": {"missingParts": [1, 2, 127, 128, 256, 65536]}})
    good("getRatRequest", "minimal", {})
    good("getRatResponse", "empty-table", {"rat": []})
    good("getRatResponse", "minimal-rule", {"rat": [rule("", [], "")]})
    good("getRatResponse", "two-rules",
         {"rat": [rule("01", [OWNER_MIN, OWNER_MAX], "1"),
                  rule("001", [{"mccMnc": "EEEEEE"}], "")]})
    good("getRatResponse", "operator-gid2-only",
         {"rat": [rule("011", [{"mccMnc": "62F220", "gid2": "05"}], "1")]})
    good("getRatResponse", "operator-empty-gids",
         {"rat": [rule("011", [{"mccMnc": "62F220", "gid1": "", "gid2": ""}], "1")]})

    good("profileInfo", "minimal", {})
    good("profileInfo", "maximal", PROFILE_MAX)
    for name, value in PROFILE_MAX.items():
        good("profileInfo", "only-" + name, {name: value})
    good("profileInfo", "empty-lists-and-texts",
         {"profileNickname": "", "serviceProviderName": "", "profileName": "", "icon": "",
          "notificationConfigurationInfo": [], "profilePolicyRules": "", "refArDo": []})
    good("profileInfo", "refArDo-longest-package",
         {"refArDo": [{"refDo": {"deviceAppIdRefDo": filler(32), "pkgRefDo": filler(127)},
                       "arDo": {"permArDo": filler(8)}}]})
    good("profileInfo", "refArDo-empty-package",
         {"refArDo": [{"refDo": {"deviceAppIdRefDo": filler(20), "pkgRefDo": ""},
                       "arDo": {"permArDo": filler(8)}}]})
    good("profileInfoListRequest", "minimal", {})
    good("profileInfoListRequest", "maximal",
         {"searchCriteria": {"iccid": ICCID}, "tagList": "5A4F9F709091929394B6B7B899BF76"})
    good("profileInfoListRequest", "only-tag-list", {"tagList": "5A"})
    good("profileInfoListRequest", "empty-tag-list", {"tagList": ""})
    good("profileInfoListRequest", "search-isdpAid", {"searchCriteria": {"isdpAid": ISDP_AID}})
    good("profileInfoListRequest", "search-iccid", {"searchCriteria": {"iccid": ICCID}})
    good("profileInfoListResponse", "empty-list", {"profileInfoListOk": []})
    good("profileInfoListResponse", "one-empty-profile", {"profileInfoListOk": [{}]})
    good("profileInfoListResponse", "three-profiles",
         {"profileInfoListOk": [PROFILE_MAX, {"iccid": ICCID_2, "profileState": "disabled"},
                                {"isdpAid": ISDP_AID, "profileClass": "test"}]})

    for message in ("enableProfileRequest", "disableProfileRequest"):
        for flag in (False, True):
            text = "-refresh" if flag else "-no-refresh"
            good(message, "iccid" + text,
                 {"profileIdentifier": {"iccid": ICCID}, "refreshFlag": flag})
            good(message, "isdpAid" + text,
                 {"profileIdentifier": {"isdpAid": ISDP_AID}, "refreshFlag": flag})
        good(message, "minimal", {"profileIdentifier": {"isdpAid": "A0"}, "refreshFlag": False})
    good("deleteProfileRequest", "iccid", {"iccid": ICCID})
    good("deleteProfileRequest", "isdpAid", {"isdpAid": ISDP_AID})
    good("deleteProfileRequest", "minimal", {"isdpAid": "A0"})
    good("euiccMemoryResetRequest", "minimal", {"resetOptions": ""})
    good("euiccMemoryResetRequest", "maximal", {"resetOptions": "111"})
    good("getEuiccDataRequest", "minimal", {"tagList": "5A"})
    good("getEuiccDataResponse", "minimal", {"eidValue": EID})
    good("setNicknameRequest", "minimal", {"iccid": ICCID, "profileNickname": ""})
    good("setNicknameRequest", "maximal", {"iccid": ICCID, "profileNickname": "n" * 64})

    good("initiateAuthenticationRequest", "minimal",
         {"euiccChallenge": CHALLENGE, "smdpAddress": "", "euiccInfo1": INFO1_MIN})
    good("initiateAuthenticationRequest", "maximal",
         {"euiccChallenge": CHALLENGE, "smdpAddress": ADDRESS, "euiccInfo1": INFO1_MAX})
    good("authenticateClientRequest", "ok-minimal",
         {"transactionId": TX, "authenticateServerResponse": authenticate_ok(INFO2_MIN, CTX_MIN)})
    good("authenticateClientRequest", "ok-maximal",
         {"transactionId": TX, "authenticateServerResponse": authenticate_ok(INFO2_MAX, CTX_MAX)})
    good("authenticateClientRequest", "error",
         {"transactionId": "01",
          "authenticateServerResponse": authenticate_error("euiccChallengeMismatch", "01")})
    good("getBoundProfilePackageRequest", "ok-minimal",
         {"transactionId": TX, "prepareDownloadResponse": download_ok()})
    good("getBoundProfilePackageRequest", "ok-maximal",
         {"transactionId": TX, "prepareDownloadResponse": download_ok(hashCc=HASH_CC)})
    good("getBoundProfilePackageRequest", "error",
         {"transactionId": "01",
          "prepareDownloadResponse": download_error("unsupportedCurve", "01")})
    good("handleNotification", "installation-result",
         {"pendingNotification": {"profileInstallationResult": signed_result(RESULT_OK)}})
    good("handleNotification", "installation-error",
         {"pendingNotification": {"profileInstallationResult": signed_result(RESULT_MIN)}})
    good("handleNotification", "other-notification",
         {"pendingNotification": {"otherSignedNotification": OTHER_NOTE}})
    good("cancelSessionRequestEs9", "ok",
         {"transactionId": TX, "cancelSessionResponse": cancel_ok("timeout")})
    for error in ("invalidTransactionId", "undefinedError"):
        good("cancelSessionRequestEs9", "error-" + error,
             {"transactionId": "010203",
              "cancelSessionResponse": {"cancelSessionResponseError": error}})

    request = "remoteProfileProvisioningRequest"
    good(request, "initiateAuthentication",
         {"initiateAuthenticationRequest": {"euiccChallenge": CHALLENGE, "smdpAddress": ADDRESS,
                                            "euiccInfo1": INFO1_MAX}})
    good(request, "authenticateClient",
         {"authenticateClientRequest": {
             "transactionId": TX,
             "authenticateServerResponse": authenticate_ok(INFO2_MAX, CTX_MAX)}})
    good(request, "getBoundProfilePackage",
         {"getBoundProfilePackageRequest": {"transactionId": TX,
                                            "prepareDownloadResponse": download_ok()}})
    good(request, "cancelSession",
         {"cancelSessionRequestEs9": {"transactionId": TX,
                                      "cancelSessionResponse": cancel_ok("pprNotAllowed")}})
    good(request, "handleNotification",
         {"handleNotification": {
             "pendingNotification": {"otherSignedNotification": OTHER_NOTE}}})
    response = "remoteProfileProvisioningResponse"
    good(response, "initiateAuthentication-ok",
         {"initiateAuthenticationResponse": {"initiateAuthenticationOk": INITIATE_OK}})
    good(response, "authenticateClient-ok-minimal",
         {"authenticateClientResponseEs9": client_ok(METADATA_MIN, SMDP_SIGNED2_MIN)})
    good(response, "authenticateClient-ok-maximal",
         {"authenticateClientResponseEs9": client_ok(METADATA_MAX, SMDP_SIGNED2_MAX)})
    for what, bpp in (("minimal", BPP_MIN), ("maximal", BPP_MAX)):
        good(response, "getBoundProfilePackage-ok-" + what,
             {"getBoundProfilePackageResponse": package_ok(bpp)})
    good(response, "cancelSession-ok", {"cancelSessionResponseEs9": {"cancelSessionOk": {}}})
    entry = {"eventId": "EVENT-0001", "rspServerAddress": ADDRESS}
    for what, entries in (("no-events", []), ("one-event", [entry]),
                          ("two-events", [entry, {"eventId": "", "rspServerAddress": ""}])):
        good(response, "authenticateClientEs11-ok-" + what,
             {"authenticateClientResponseEs11": {"authenticateClientOk": {
                 "transactionId": TX, "eventEntries": entries}}})


def enumerations():
    """Every named number once, and one number without a name."""
    def each(message, kind, numbers, unnamed, make):
        if isinstance(numbers, str):
            numbers = TYPES[numbers]
        for name in list(numbers.names) + [unnamed]:
            good(message, "%s-%s" % (kind, name), make(name))

    def alternative(message, name):
        """The INTEGER of an alternative that carries an error code."""
        (component,) = [c for c in type_of(message).inner.written if c.name == name]
        return component.type

    def only_result(message, unnamed):
        (component,) = type_of(message).inner.written
        each(message, "result", component.type, unnamed, lambda v: {component.name: v})

    each("euiccInfo2", "category", "EuiccCategory", 4,
         lambda v: dict(INFO2_MIN, euiccCategory=v))
    good("initialiseSecureChannelRequest", "remoteOpId-2", dict(SECURE_CHANNEL, remoteOpId=2))
    each("profileInfo", "state", "ProfileState", 2, lambda v: {"profileState": v})
    each("updateMetadataRequest", "icon-type", "IconType", 2, lambda v: {"iconType": v})
    for message, base in (("profileInfo", {}), ("storeMetadataRequest", METADATA_MIN)):
        each(message, "class", "ProfileClass", 3, lambda v: dict(base, profileClass=v))
        each(message, "icon-type", "IconType", 2, lambda v: dict(base, iconType=v))
    each("profileInfoListRequest", "search-class", "ProfileClass", 3,
         lambda v: {"searchCriteria": {"profileClass": v}})
    each("profileInfoListResponse", "error", "ProfileInfoListError", 11,
         lambda v: {"profileInfoListError": v})
    each("prepareDownloadResponse", "error", "DownloadErrorCode", 6, download_error)
    each("authenticateServerResponse", "error", "AuthenticateErrorCode", 8, authenticate_error)
    each("cancelSessionRequest", "reason", "CancelSessionReason", 16,
         lambda v: {"transactionId": TX, "reason": v})
    each("cancelSessionResponse", "signed-reason", "CancelSessionReason", 128, cancel_ok)
    each("cancelSessionResponse", "error",
         alternative("cancelSessionResponse", "cancelSessionResponseError"), 1,
         lambda v: {"cancelSessionResponseError": v})
    each("profileInstallationResultData", "command", "BppCommandId", 6,
         lambda v: dict(RESULT_MIN, finalResult={"errorResult": {
             "bppCommandId": v, "errorReason": "incorrectInputValues"}}))
    each("profileInstallationResultData", "reason", "ErrorReason", 31,
         lambda v: dict(RESULT_MIN, finalResult={"errorResult": {
             "bppCommandId": "storeMetadata", "errorReason": v}}))
    each("listNotificationResponse", "error",
         alternative("listNotificationResponse", "listNotificationsResultError"), 2,
         lambda v: {"listNotificationsResultError": v})
    each("retrieveNotificationsListResponse", "error",
         alternative("retrieveNotificationsListResponse", "notificationsListResultError"), 2,
         lambda v: {"notificationsListResultError": v})
    each("loadCRLResponse", "error", "LoadCRLResponseError", 255,
         lambda v: {"loadCRLResponseError": v})
    only_result("setNicknameResponse", 7)
    only_result("notificationSentResponse", 2)
    only_result("enableProfileResponse", 10)
    only_result("disableProfileResponse", 4)
    only_result("deleteProfileResponse", 4)
    only_result("euiccMemoryResetResponse", 2)
    only_result("setDefaultDpAddressResponse", 8)

    for type_name, name, code, unnamed in (
            ("InitiateAuthenticationResponse", "initiateAuthenticationResponse",
             "initiateAuthenticationError", 127),
            ("AuthenticateClientResponseEs9", "authenticateClientResponseEs9",
             "authenticateClientError", 18),
            ("GetBoundProfilePackageResponse", "getBoundProfilePackageResponse",
             "getBoundProfilePackageError", 7),
            ("CancelSessionResponseEs9", "cancelSessionResponseEs9", "cancelSessionError", 3),
            ("AuthenticateClientResponseEs11", "authenticateClientResponseEs11",
             "authenticateClientError", 8)):
        (component,) = [c for c in TYPES[type_name].inner.written if c.name == code]
        each("remoteProfileProvisioningResponse", name + "-error", component.type, unnamed,
             lambda v: {name: {code: v}})


def bit_strings():
    """Every named bit by itself, and combinations around octet borders."""
    for number, name in enumerate(TYPES["UICCCapability"].names):
        good("euiccInfo2", "uiccCapability-" + name, dict(INFO2_MIN, uiccCapability=bit(number)))
    for number, name in enumerate(TYPES["RspCapability"].names):
        good("euiccInfo2", "rspCapability-" + name, dict(INFO2_MIN, rspCapability=bit(number)))
    good("euiccInfo2", "rspCapability-without-name",
         dict(INFO2_MIN, rspCapability="110110000001"))
    good("euiccInfo2", "uiccCapability-typical",
         dict(INFO2_MIN, uiccCapability="0111111100110110111101" + "1"))
    for number, name in enumerate(TYPES["PprIds"].names):
        good("profileInfo", "ppr-" + name, {"profilePolicyRules": bit(number)})
        good("storeMetadataRequest", "ppr-" + name,
             dict(METADATA_MIN, profilePolicyRules=bit(number)))
        good("updateMetadataRequest", "ppr-" + name, {"profilePolicyRules": bit(number)})
        good("euiccInfo2", "forbidden-" + name,
             dict(INFO2_MIN, forbiddenProfilePolicyRules=bit(number)))
        good("getRatResponse", "ppr-" + name, {"rat": [rule(bit(number), [], "1")]})
    good("storeMetadataRequest", "ppr-none", dict(METADATA_MIN, profilePolicyRules=""))
    good("updateMetadataRequest", "ppr-none", {"profilePolicyRules": ""})
    good("profileInfo", "ppr-bit-without-name", {"profilePolicyRules": "0001"})
    for number, name in enumerate(TYPES["NotificationEvent"].names):
        good("notificationMetadata", name, dict(NOTE_MIN, profileManagementOperation=bit(number)))
        good("listNotificationRequest", name, {"profileManagementOperation": bit(number)})
        good("retrieveNotificationsListRequest", name,
             {"searchCriteria": {"profileManagementOperation": bit(number)}})
        good("storeMetadataRequest", "configured-" + name,
             dict(METADATA_MIN, notificationConfigurationInfo=[
                 {"profileManagementOperation": bit(number), "notificationAddress": ADDRESS}]))
    good("listNotificationRequest", "enable-and-delete", {"profileManagementOperation": "0101"})
    good("retrieveNotificationsListRequest", "all-events",
         {"searchCriteria": {"profileManagementOperation": "1111"}})
    good("listNotificationRequest", "eight-bits", {"profileManagementOperation": "11111111"})
    good("listNotificationRequest", "nine-bits", {"profileManagementOperation": "000000001"})
    for options in ("1", "01", "001", "11", "101", "011", "0001"):
        good("euiccMemoryResetRequest", "options-" + options, {"resetOptions": options})


def numbers_texts_lengths():
    for number in (0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 8388607, 8388608,
                   2147483647, 2147483648, 4294967295):
        good("notificationMetadata", "seqNumber-%d" % number, dict(NOTE_MIN, seqNumber=number))
        good("notificationSentRequest", "seqNumber-%d" % number, {"seqNumber": number})
        good("retrieveNotificationsListRequest", "seqNumber-%d" % number,
             {"searchCriteria": {"seqNumber": number}})
    good("notificationSentRequest", "seqNumber-5", {"seqNumber": 5})

    for what, nickname in (("latin-1", "Büro Zürich"), ("cyrillic", "Рабочий"),
                           ("han", "旅行用"), ("emoji", "\U0001F4F1\U0001F30D"),
                           ("mixed", "Ünïcödé – 漢字 \U0001F4F1"),
                           ("64-two-octet-characters", "é" * 64),
                           ("64-four-octet-characters", "\U0001F4F1" * 64),
                           ("escapes", "a\"b\\c\td/e")):
        good("setNicknameRequest", "nickname-" + what,
             {"iccid": ICCID, "profileNickname": nickname})
        good("profileInfo", "nickname-" + what, {"profileNickname": nickname})
    good("storeMetadataRequest", "longest-names",
         dict(METADATA_MIN, serviceProviderName="漢" * 32, profileName="\U0001F4F1" * 64))
    good("storeMetadataRequest", "longest-ascii-names",
         dict(METADATA_MIN, serviceProviderName="s" * 32, profileName="p" * 64))
    for size in (0, 1, 127, 128, 255, 256, 1024):
        good("storeMetadataRequest", "icon-%d-octets" % size,
             dict(METADATA_MIN, iconType="png", icon=filler(size)))
    good("updateMetadataRequest", "longest-names-and-icon",
         {"serviceProviderName": "漢" * 32, "profileName": "\U0001F4F1" * 64, "iconType": "png",
          "icon": filler(1024)})

    for oid in ("2.999", "2.999.10", "0.0", "0.39", "1.0", "1.39", "2.0", "2.39", "2.40", "2.47",
                "2.48", "2.16383.1", "2.23.146.1.2.1.4", "1.2.840.10045.3.1.7",
                "1.3.6.1.4.1.99999.127.128.16383.16384.2097151.2097152.4294967295", "2.5.0.0"):
        good("configureISDPRequest", "oid-" + oid, {"dpProprietaryData": {"dpOid": oid}})
        good("cancelSessionResponse", "oid-" + oid, cancel_ok("postponed", oid))
    good("profileInstallationResultData", "oid-2.999.4294967295",
         dict(RESULT_MIN, smdpOid="2.999.4294967295"))

    for size in range(1, 17):
        good("cancelSessionRequest", "transactionId-%d-octets" % size,
             {"transactionId": filler(size, 0xA0), "reason": "postponed"})
    good("euiccInfo2", "sas-64-two-octet-characters",
         dict(INFO2_MIN, sasAcreditationNumber="é" * 64))
    # inner length 124..126 takes the outer one over 127, 251..253 over 255
    for size in (1, 124, 125, 126, 127, 128, 251, 252, 253, 254, 255, 256, 257, 1000):
        good("setDefaultDpAddressRequest", "address-%d-octets" % size,
             {"defaultDpAddress": ("abcdefghi." * 100)[:size]})
    for size in (127, 128, 255, 256, 65536):
        good("profileInstallationResultData", "simaResponse-%d-octets" % size,
             dict(RESULT_OK, finalResult={"successResult": {"aid": ISDP_AID,
                                                            "simaResponse": filler(size)}}))

    # 86 TLVs of 1020 octets each, as an SM-DP+ sends them
    bpp = dict(BPP_MAX, sequenceOf86=[filler(1016, i) for i in range(66)])
    good("boundProfilePackage", "longer-than-65535", bpp)
    # content of BF36 exactly 65535 and 65536 octets, one long 86
    for target in (65535, 65536):
        bpp = dict(BPP_MIN, sequenceOf86=[""])
        size = target - len(parse(encode("boundProfilePackage", bpp))[0].body())
        bpp["sequenceOf86"] = [filler(size - 4)]
        while len(parse(encode("boundProfilePackage", bpp))[0].body()) != target:
            bpp["sequenceOf86"] = [bpp["sequenceOf86"][0][:-2]]
        good("boundProfilePackage", "content-of-%d-octets" % target, bpp)


def unknown_elements():
    """Extensible SEQUENCEs: elements after the last known component."""
    good("getEuiccInfo1Request", "unknown-element", {"unknown": "800101"})
    good("getEuiccChallengeResponse", "unknown-element",
         {"euiccChallenge": CHALLENGE, "unknown": "810101"})
    good("euiccInfo1", "unknown-elements", dict(INFO1_MAX, unknown="AB0304" + "01FF" + "8C0205E0"))
    good("euiccInfo2", "elements-of-later-versions",       # treProperties and following
         dict(INFO2_MAX, unknown="8D020560" + "8E0474726531" + "AF050403020301"))
    good("euiccInfo2", "unknown-after-sas", dict(INFO2_MIN, unknown="8D020780"))
    good("authenticateServerRequest", "unknown-in-device-info",
         server_authentication({"deviceInfo": dict(DEVICE_MAX, unknown="830102")}))
    good("authenticateServerRequest", "unknown-in-device-info-without-imei",
         server_authentication({"deviceInfo": dict(DEVICE_MIN, unknown="8303020100A40380017F")}))
    good("authenticateServerRequest", "unknown-in-device-capabilities",
         server_authentication({"deviceInfo": {
             "tac": "35123456", "deviceCapabilities": {"gsmSupportedRelease": "050000",
                                                       "unknown": "8B03030000"}}}))
    good("authenticateServerRequest", "unknown-in-ctx-params",
         server_authentication(dict(CTX_MAX, unknown="820101")))
    good("authenticateServerRequest", "unknown-in-server-signed",
         server_authentication(CTX_MIN, dict(SERVER_SIGNED1, unknown="8600")))
    good("authenticateServerRequest", "unknown-at-end",
         dict(server_authentication(CTX_MIN), unknown="A10530030201" + "07"))
    good("authenticateServerResponse", "unknown-in-info2-and-device-info",
         authenticate_ok(dict(INFO2_MIN, unknown="8D020560"),
                         {"deviceInfo": dict(DEVICE_MIN, unknown="830102")}))
    good("storeMetadataRequest", "service-specific-data",
         dict(METADATA_MIN, unknown="BF2206" + "A00480020102"))
    good("storeMetadataRequest", "unknown-after-all",
         dict(METADATA_MAX, unknown="BF2203" + "800101" + "9B0100"))
    good("updateMetadataRequest", "service-specific-data",
         dict(UPDATE_MAX, unknown="BF2206" + "A00480020102"))
    good("profileInfo", "unknown-element", {"iccid": ICCID, "unknown": "9F2502" + "0400"})
    good("profileInfoListResponse", "unknown-in-profile",
         {"profileInfoListOk": [{"iccid": ICCID, "unknown": "BF2200"}, {"iccid": ICCID_2}]})
    good("profileInfoListRequest", "unknown-element", {"tagList": "5A", "unknown": "810100"})
    good("prepareDownloadRequest", "unknown-in-signed",
         {"smdpSigned2": dict(SMDP_SIGNED2_MIN, unknown="820100"), "smdpSignature2": SIGNATURE,
          "smdpCertificate": CERTIFICATE})
    good("prepareDownloadResponse", "unknown-in-signed", download_ok(unknown="A2028000"))
    good("notificationMetadata", "unknown-element", dict(NOTE_MAX, unknown="8901AA"))
    good("notificationMetadata", "unknown-without-iccid", dict(NOTE_MIN, unknown="8901AA"))
    good("notificationSentRequest", "unknown-element", {"seqNumber": 5, "unknown": "DF8101020102"})
    good("enableProfileRequest", "unknown-element",
         {"profileIdentifier": {"iccid": ICCID}, "refreshFlag": True, "unknown": "820101"})
    good("enableProfileResponse", "unknown-element", {"enableResult": "ok", "unknown": "8100"})
    good("setDefaultDpAddressResponse", "unknown-element",
         {"setDefaultDpAddressResult": "ok", "unknown": "810155"})
    good("remoteProfileProvisioningResponse", "cancelSession-ok-unknown-element",
         {"cancelSessionResponseEs9": {"cancelSessionOk": {"unknown": "800101"}}})
    good("loadCRLResponse", "ok-unknown-element", {"loadCRLResponseOk": {"unknown": "810101"}})


def tolerated_encodings():
    sent = "notificationSentRequest"
    for octets in (1, 2, 3):
        tolerated(sent, "outer-length-8%d" % octets, {"seqNumber": 5},
                  lambda der: long_form(der, octets, "BF30"))
        tolerated(sent, "inner-length-8%d" % octets, {"seqNumber": 5},
                  lambda der: long_form(der, octets, "BF30/80"))
        tolerated("profileInfoListResponse", "all-lengths-8%d" % octets,
                  {"profileInfoListOk": [{"iccid": ICCID, "profileState": "enabled",
                                          "profileOwner": OWNER_MAX, "refArDo": REF_AR_DO[1:]}]},
                  lambda der: all_long(der, octets))
        tolerated("getEuiccInfo2Request", "length-8%d" % octets, {},
                  lambda der: long_form(der, octets, "BF22"))
    tolerated("setDefaultDpAddressRequest", "length-83-for-200-octets",
              {"defaultDpAddress": "d" * 200}, lambda der: all_long(der, 3))
    tolerated("boundProfilePackage", "length-83-of-package-and-lists", BPP_MAX,
              lambda der: long_form(der, 3, "BF36", "BF36/A0", "BF36/A1", "BF36/A3"))
    tolerated("euiccInfo2", "all-lengths-82", INFO2_MAX, lambda der: all_long(der, 2))

    for what, octets, value in (("ppr1-three-bits", "0540", "01"),
                                ("ppr1-eight-bits", "0040", "01"),
                                ("ppr1-sixteen-bits", "004000", "01"),
                                ("ppr1-ppr2-eight-bits", "0060", "011"),
                                ("none-three-bits", "0500", ""),
                                ("none-eight-bits", "0000", "")):
        tolerated("profileInfo", "ppr-" + what, {"profilePolicyRules": value},
                  lambda der: content(der, "E3/99", octets))
        tolerated("storeMetadataRequest", "ppr-" + what,
                  dict(METADATA_MIN, profilePolicyRules=value),
                  lambda der: content(der, "BF25/99", octets))
        tolerated("updateMetadataRequest", "ppr-" + what, {"profilePolicyRules": value},
                  lambda der: content(der, "BF2A/99", octets))
    for number, octets in enumerate(("0480", "0440", "0420")):
        tolerated("notificationMetadata", "event-bit-%d-of-four" % number,
                  dict(NOTE_MIN, profileManagementOperation=bit(number)),
                  lambda der: content(der, "BF2F/81", octets))
    tolerated("listNotificationRequest", "event-four-bits", {"profileManagementOperation": "01"},
              lambda der: content(der, "BF28/81", "0440"))
    tolerated("retrieveNotificationsListRequest", "event-eight-bits",
              {"searchCriteria": {"profileManagementOperation": "1"}},
              lambda der: content(der, "BF2B/A0/81", "0080"))
    tolerated("euiccMemoryResetRequest", "option-0-of-three", {"resetOptions": "1"},
              lambda der: content(der, "BF34/82", "0580"))
    tolerated("euiccMemoryResetRequest", "option-1-of-three", {"resetOptions": "01"},
              lambda der: content(der, "BF34/82", "0540"))
    tolerated("getRatResponse", "flags-and-rules-at-full-width", {"rat": [rule("01", [], "")]},
              lambda der: content(content(der, "BF43/A0/30/80", "0540"),
                                  "BF43/A0/30/82", "0700"))
    tolerated("euiccInfo2", "capabilities-at-full-width",
              dict(INFO2_MIN, uiccCapability="01101", rspCapability="1"),
              lambda der: content(content(der, "BF22/85", "0668000000"), "BF22/88", "0380"))

    tolerated("storeMetadataRequest", "default-class-sent", METADATA_MIN,
              lambda der: after(der, "BF25/92", "950102"))
    tolerated("storeMetadataRequest", "default-class-sent-between-others",
              dict(METADATA_MAX, profileClass="operational"),
              lambda der: after(der, "BF25/94", "950102"))
    tolerated("remoteProfileProvisioningResponse", "default-class-sent",
              {"authenticateClientResponseEs9": client_ok(METADATA_MIN, SMDP_SIGNED2_MIN)},
              lambda der: after(der, "A2/BF3B/A0/BF25/92", "950102"))

    for octet in ("01", "7F", "80"):
        for message, tag in (("enableProfileRequest", "BF31"), ("disableProfileRequest", "BF32")):
            tolerated(message, "refresh-true-as-" + octet,
                      {"profileIdentifier": {"iccid": ICCID}, "refreshFlag": True},
                      lambda der: content(der, tag + "/81", octet))
    tolerated("prepareDownloadRequest", "cc-required-true-as-01",
              {"smdpSigned2": SMDP_SIGNED2_MAX, "smdpSignature2": SIGNATURE, "hashCc": HASH_CC,
               "smdpCertificate": CERTIFICATE},
              lambda der: content(der, "BF21/30/01", "01"), kept=True)
    # What a signature covers, and what the eUICC echoes, is sent on as it came.
    tolerated("authenticateServerRequest", "length-82-in-device-info",
              server_authentication(CTX_MIN),
              lambda der: long_form(der, 2, "BF38/A0/A1", "BF38/A0/A1/80"), kept=True)
    tolerated("profileInstallationResult", "event-bit-0-of-four", signed_result(RESULT_OK),
              lambda der: content(der, "BF37/BF27/BF2F/81", "0480"), kept=True)
    tolerated("otherSignedNotification", "event-bit-3-of-eight", OTHER_NOTE,
              lambda der: content(der, "30/BF2F/81", "0010"), kept=True)


# ---------------------------------------------------------------------------
# 7. Encodings to be refused
# ---------------------------------------------------------------------------

def bad(message, what, der, field):
    if isinstance(der, str):
        der = bytes.fromhex(der)
    add(message, "invalid-" + what, der, invalid=field)


def systematic_faults():
    """Each mandatory component left out, each SIZE violated, once per component of a type."""
    done = set()

    def faults(owner, kind, value, name):
        """Yield (type and component, kind of fault, field to name, changed value)."""
        named = owner
        while isinstance(kind, (Reference, Tagged)):
            if isinstance(kind, Reference):
                named, kind = kind.name, kind.target()
            else:
                kind = kind.inner
        if isinstance(kind, Components):
            owner = named
        if isinstance(kind, Octets) and kind.sizes:
            sizes = {min(kind.sizes) - 1, max(kind.sizes) + 1} - {-1}
            if kind.sizes == (20, 32):
                sizes |= {21}
            for size in sorted(sizes):
                yield (owner, name), "%d-octets" % size, name, filler(size)
        elif isinstance(kind, Utf8) and kind.longest is not None:
            size = kind.longest + 1
            yield (owner, name), "%d-characters" % size, name, "x" * size
        elif isinstance(kind, SequenceOf):
            for key, text, field, changed in faults(owner, kind.item, value[0], name):
                yield key, text, field, [changed] + value[1:]
        elif isinstance(kind, SingleChoice):
            yield from faults(owner, kind.components[0].type, value, name)
        elif isinstance(kind, Choice):
            ((chosen, inner),) = value.items()
            (component,) = [c for c in kind.components if c.name == chosen]
            for key, text, field, changed in faults(owner, component.type, inner, chosen):
                yield key, text, field, {chosen: changed}
        elif isinstance(kind, Sequence):
            for position, component in enumerate(kind.components):
                if component.name not in value:
                    continue
                here = value[component.name]
                if component.presence is REQUIRED:
                    # The next element with the same tag would be taken for the missing one.
                    lost, tag = component, tag_of(component, here)
                    for follower in kind.components[position + 1:]:
                        if follower.name not in value:
                            continue
                        if tag_of(follower, value[follower.name]) != tag:
                            break
                        lost = follower
                    rest = {k: v for k, v in value.items() if k != component.name}
                    yield (owner, component.name), "missing", lost.name, rest
                if here != []:
                    for key, text, field, changed in faults(owner, component.type, here,
                                                            component.name):
                        yield key, text, field, dict(value, **{component.name: changed})

    def tag_of(component, value):
        return component.type.element(value)[:3]     # class, number, constructed

    samples = [
        ("notificationMetadata", NOTE_MAX),
        ("otherSignedNotification", OTHER_NOTE),
        ("initialiseSecureChannelRequest", SECURE_CHANNEL),
        ("configureISDPRequest", {"dpProprietaryData": {"dpOid": "2.999.10"}}),
        ("storeMetadataRequest", METADATA_MAX),
        ("updateMetadataRequest", UPDATE_MAX),
        ("replaceSessionKeysRequest", {"initialMacChainingValue": filler(16, 1),
                                       "ppkEnc": filler(16, 2), "ppkCmac": filler(16, 3)}),
        ("boundProfilePackage", BPP_MIN),
        ("profileInstallationResultData", RESULT_MAX),
        ("profileInstallationResultData", RESULT_OK),
        ("profileInstallationResult", signed_result(RESULT_MAX)),
        ("euiccConfiguredAddressesResponse", {"defaultDpAddress": ADDRESS,
                                              "rootDsAddress": DS_ADDRESS}),
        ("setDefaultDpAddressRequest", {"defaultDpAddress": ADDRESS}),
        ("setDefaultDpAddressResponse", {"setDefaultDpAddressResult": "ok"}),
        ("euiccInfo1", INFO1_MAX),
        ("euiccInfo2", INFO2_MAX),
        ("euiccInfo2", INFO2_MIN),
        ("getEuiccChallengeResponse", {"euiccChallenge": CHALLENGE}),
        ("authenticateServerRequest", server_authentication(CTX_MAX)),
        ("authenticateServerResponse", authenticate_ok(INFO2_MIN, CTX_MIN)),
        ("authenticateServerResponse", authenticate_error("invalidOid")),
        ("prepareDownloadRequest", {"smdpSigned2": SMDP_SIGNED2_MAX, "smdpSignature2": SIGNATURE,
                                    "hashCc": HASH_CC, "smdpCertificate": CERTIFICATE}),
        ("prepareDownloadResponse", download_ok(hashCc=HASH_CC)),
        ("prepareDownloadResponse", download_error("invalidCertificate")),
        ("cancelSessionRequest", {"transactionId": TX, "reason": "timeout"}),
        ("cancelSessionResponse", cancel_ok("timeout")),
        ("listNotificationResponse", {"notificationMetadataList": [NOTE_MAX]}),
        ("retrieveNotificationsListResponse",
         {"notificationList": [{"profileInstallationResult": signed_result(RESULT_MAX)}]}),
        ("retrieveNotificationsListResponse",
         {"notificationList": [{"otherSignedNotification": OTHER_NOTE}]}),
        ("notificationSentRequest", {"seqNumber": 5}),
        ("notificationSentResponse", {"deleteNotificationStatus": "ok"}),
        ("loadCRLRequest", {"crl": CERTIFICATE}),
        ("getRatResponse", {"rat": [rule("01", [OWNER_MAX], "1")]}),
        ("profileInfo", PROFILE_MAX),
        ("profileInfoListRequest", {"searchCriteria": {"isdpAid": ISDP_AID}}),
        ("profileInfoListRequest", {"searchCriteria": {"iccid": ICCID}}),
        ("profileInfoListResponse", {"profileInfoListOk": [{"iccid": ICCID}]}),
        ("enableProfileRequest", {"profileIdentifier": {"isdpAid": ISDP_AID},
                                  "refreshFlag": True}),
        ("enableProfileRequest", {"profileIdentifier": {"iccid": ICCID}, "refreshFlag": True}),
        ("enableProfileResponse", {"enableResult": "ok"}),
        ("disableProfileRequest", {"profileIdentifier": {"iccid": ICCID}, "refreshFlag": True}),
        ("disableProfileResponse", {"disableResult": "ok"}),
        ("deleteProfileRequest", {"isdpAid": ISDP_AID}),
        ("deleteProfileRequest", {"iccid": ICCID}),
        ("deleteProfileResponse", {"deleteResult": "ok"}),
        ("euiccMemoryResetRequest", {"resetOptions": "111"}),
        ("euiccMemoryResetResponse", {"resetResult": "ok"}),
        ("getEuiccDataRequest", {"tagList": "5A"}),
        ("getEuiccDataResponse", {"eidValue": EID}),
        ("setNicknameRequest", {"iccid": ICCID, "profileNickname": "Work"}),
        ("setNicknameResponse", {"setNicknameResult": "ok"}),
        ("initiateAuthenticationRequest", {"euiccChallenge": CHALLENGE, "smdpAddress": ADDRESS,
                                           "euiccInfo1": INFO1_MIN}),
        ("authenticateClientRequest",
         {"transactionId": TX, "authenticateServerResponse": authenticate_error("invalidOid")}),
        ("getBoundProfilePackageRequest",
         {"transactionId": TX, "prepareDownloadResponse": download_error("invalidSignature")}),
        ("handleNotification", {"pendingNotification": {"otherSignedNotification": OTHER_NOTE}}),
        ("cancelSessionRequestEs9", {"transactionId": TX, "cancelSessionResponse": {
            "cancelSessionResponseError": "invalidTransactionId"}}),
        ("remoteProfileProvisioningResponse",
         {"initiateAuthenticationResponse": {"initiateAuthenticationOk": INITIATE_OK}}),
        ("remoteProfileProvisioningResponse",
         {"authenticateClientResponseEs9": client_ok(METADATA_MIN, SMDP_SIGNED2_MAX)}),
        ("remoteProfileProvisioningResponse",
         {"getBoundProfilePackageResponse": package_ok(BPP_MIN)}),
        ("remoteProfileProvisioningResponse",
         {"authenticateClientResponseEs11": {"authenticateClientOk": {
             "transactionId": TX,
             "eventEntries": [{"eventId": "1", "rspServerAddress": ADDRESS}]}}}),
    ]
    for message, value in samples:
        top = message[0].upper() + message[1:]
        for key, text, field, changed in faults(top, type_of(message), value, message):
            if (key, text) in done:
                continue
            done.add((key, text))
            owner, component = key
            within = "" if owner in (top, top.replace("EuiccInfo", "EUICCInfo")) else owner + "."
            bad(message, within + component + "-" + text,
                encode(message, changed, strict=False), field)


def structural_faults():
    challenge = encode("getEuiccChallengeResponse", {"euiccChallenge": CHALLENGE})
    sent = encode("notificationSentRequest", {"seqNumber": 5})
    name, value = "getEuiccChallengeResponse", "BF2E12" + "8010" + CHALLENGE
    assert challenge.hex().upper() == value

    # around the message
    bad(name, "trailing-octet", value + "00", name)
    bad(name, "trailing-element", value + "810100", name)
    bad(name, "message-twice", value * 2, name)
    bad(name, "empty-input", "", name)
    bad(name, "first-tag-octet-only", "BF", name)
    bad(name, "tag-only", "BF2E", name)
    bad(name, "length-cut", "BF2E82", name)
    bad(name, "length-half-cut", "BF2E8200", name)
    bad(name, "last-octet-missing", value[:-2], name)
    bad(name, "content-missing", "BF2E12", name)
    bad(name, "other-message", "BF2F12" + value[6:], name)
    bad(name, "primitive-outer-tag", "9F2E12" + value[6:], name)
    bad(name, "private-class-outer-tag", "FF2E12" + value[6:], name)
    bad(name, "outer-tag-with-leading-zero-group", "BF802E12" + value[6:], name)
    bad(name, "reserved-length-octet", "BF2EFF" + value[6:], name)
    bad(name, "huge-length", "BF2E84FFFFFFFF" + value[6:], name)
    bad(name, "indefinite-length", indefinite(challenge, "BF2E"), name)
    bad(name, "without-wrapper", value[6:], name)
    bad("notificationSentRequest", "octet-of-a-further-element-missing",
        "BF3005" + "800105" + "8101", "notificationSentRequest")
    bad("notificationSentRequest", "half-a-tag-at-the-end",
        "BF3004" + "800105" + "9F", "notificationSentRequest")
    bad("getEuiccInfo1Request", "stray-octet-inside", "BF200155", "getEuiccInfo1Request")
    bad("profileInfo", "indefinite-length", "E380" + "9F700101" + "0000", "profileInfo")
    bad("otherSignedNotification", "last-octet-missing",
        encode("otherSignedNotification", OTHER_NOTE)[:-1], "otherSignedNotification")
    bad("boundProfilePackage", "last-octet-missing",
        encode("boundProfilePackage", BPP_MIN)[:-1], "boundProfilePackage")
    bad("remoteProfileProvisioningRequest", "bare-message",
        encode("cancelSessionRequestEs9",
               {"transactionId": TX, "cancelSessionResponse": cancel_ok("timeout")}),
        "remoteProfileProvisioningRequest")

    # lengths of fields
    bad("notificationSentRequest", "field-longer-than-message", with_length(sent, "BF30/80", "02"),
        "seqNumber")
    bad("notificationSentRequest", "field-huge-length", "BF3006" + "8084FFFFFFFF", "seqNumber")
    bad("notificationSentRequest", "field-length-cut", "BF3002" + "8082", "seqNumber")
    bad("notificationSentRequest", "field-without-length", "BF3001" + "80", "seqNumber")
    bad("listNotificationResponse", "indefinite-list",
        indefinite(encode("listNotificationResponse", {"notificationMetadataList": [NOTE_MIN]}),
                   "BF28/A0"), "listNotificationResponse")
    bad("profileInstallationResult", "indefinite-notificationMetadata",
        indefinite(encode("profileInstallationResult", signed_result(RESULT_OK)),
                   "BF37/BF27/BF2F"), "notificationMetadata")
    request = encode("authenticateServerRequest", server_authentication(CTX_MAX))
    bad("authenticateServerRequest", "indefinite-serverSigned1",
        indefinite(request, "BF38/30"), "serverSigned1")
    bad("authenticateServerRequest", "indefinite-serverCertificate",
        indefinite(request, "BF38/30[1]"), "serverCertificate")

    # forms of the primitive types
    bad("notificationSentRequest", "integer-without-octets", "BF30028000", "seqNumber")
    bad("notificationMetadata", "integer-without-octets",
        content(encode("notificationMetadata", NOTE_MIN), "BF2F/80", ""), "seqNumber")
    bad("enableProfileResponse", "integer-without-octets", "BF31028000", "enableResult")
    enable = encode("enableProfileRequest",
                    {"profileIdentifier": {"iccid": ICCID}, "refreshFlag": True})
    bad("enableProfileRequest", "boolean-of-two-octets", content(enable, "BF31/81", "FFFF"),
        "refreshFlag")
    bad("enableProfileRequest", "boolean-without-octets", content(enable, "BF31/81", ""),
        "refreshFlag")
    for what, octets in (("without-octets", ""), ("eight-unused-bits", "0840"),
                         ("unused-bits-of-nothing", "01"), ("unused-count-255", "FF40")):
        bad("storeMetadataRequest", "bit-string-" + what,
            content(encode("storeMetadataRequest", dict(METADATA_MIN, profilePolicyRules="01")),
                    "BF25/99", octets), "profilePolicyRules")
    result = encode("profileInstallationResultData", RESULT_MAX)
    for what, octets in (("empty", ""), ("last-octet-with-bit-8", "8837" + "8A"),
                         ("one-octet-with-bit-8", "88"), ("leading-80", "8837" + "800A")):
        bad("profileInstallationResultData", "oid-" + what,
            content(result, "BF27/06", octets), "smdpOid")
    nickname = encode("setNicknameRequest", {"iccid": ICCID, "profileNickname": "Work"})
    for what, octets in (("lone-continuation", "80"), ("cut-sequence", "C3"),
                         ("wrong-continuation", "C328"), ("overlong", "C0AF"),
                         ("surrogate", "EDA080"), ("beyond-10FFFF", "F4908080"), ("FF", "FF")):
        bad("setNicknameRequest", "utf8-" + what, content(nickname, "BF29/90", octets),
            "profileNickname")
    bad("setNicknameRequest", "65-two-octet-characters",
        content(nickname, "BF29/90", ("é" * 65).encode().hex()), "profileNickname")
    bad("getEuiccChallengeResponse", "constructed-octet-string",
        "BF2E14" + "A012" + "0410" + CHALLENGE, "euiccChallenge")
    bad("euiccInfo2", "constructed-text",
        renamed(encode("euiccInfo2", INFO2_MAX), "BF22/0C", "2C"), "sasAcreditationNumber")

    # order, repetition, wrong tags
    bad("notificationSentRequest", "seqNumber-twice", twice(sent, "BF30/80"), "seqNumber")
    # A repeated element that stands where another is due: that one is missing.
    bad("setNicknameRequest", "iccid-twice", twice(nickname, "BF29/5A"), "profileNickname")
    bad("setNicknameRequest", "profileNickname-twice", twice(nickname, "BF29/90"),
        "profileNickname")
    metadata = encode("storeMetadataRequest", METADATA_MAX)
    bad("storeMetadataRequest", "serviceProviderName-twice", twice(metadata, "BF25/91"),
        "profileName")
    for tag, field in (("95", "profileClass"), ("B6", "notificationConfigurationInfo"),
                       ("99", "profilePolicyRules")):
        bad("storeMetadataRequest", field + "-twice", twice(metadata, "BF25/" + tag), field)
    bad("profileInfo", "profileState-twice", "E308" + "9F700101" + "9F700100", "profileState")
    bad("authenticateServerRequest", "euiccChallenge-twice", twice(request, "BF38/30/81"),
        "serverAddress")
    bad("getEuiccDataResponse", "eidValue-twice",
        twice(encode("getEuiccDataResponse", {"eidValue": EID}), "BF3E/5A"), "eidValue")
    bad("setNicknameRequest", "order-exchanged", swap(nickname, "BF29/5A"), "iccid")
    bad("storeMetadataRequest", "names-exchanged", swap(metadata, "BF25/91"),
        "serviceProviderName")
    bad("authenticateServerRequest", "challenges-exchanged", swap(request, "BF38/30/83"),
        "serverAddress")
    bad("profileInstallationResult", "signature-first",
        swap(encode("profileInstallationResult", signed_result(RESULT_OK)), "BF37/BF27"),
        "profileInstallationResultData")
    bad("notificationMetadata", "address-with-context-tag",
        renamed(encode("notificationMetadata", NOTE_MAX), "BF2F/0C", "82"), "notificationAddress")
    bad("profileInstallationResult", "primitive-notificationMetadata",
        renamed(encode("profileInstallationResult", signed_result(RESULT_OK)),
                "BF37/BF27/BF2F", "9F2F"), "notificationMetadata")
    bad("authenticateServerRequest", "certificate-as-octet-string",
        renamed(request, "BF38/30[1]", "04"), "serverCertificate")
    bad("authenticateServerRequest", "certificate-as-set",
        renamed(request, "BF38/30[1]", "31"), "serverCertificate")
    bad("cancelSessionRequest", "universal-tags", "BF4106" + "040101" + "020101", "transactionId")
    bad("initialiseSecureChannelRequest", "remoteOpId-with-universal-tag",
        renamed(encode("initialiseSecureChannelRequest", SECURE_CHANNEL), "BF23/82", "02"),
        "remoteOpId")
    bad("boundProfilePackage", "88-in-first-list",
        renamed(encode("boundProfilePackage", BPP_MIN), "BF36/A0/87", "88"), "firstSequenceOf87")
    bad("boundProfilePackage", "86-in-second-list",
        renamed(encode("boundProfilePackage", dict(BPP_MIN, secondSequenceOf87=["0102"])),
                "BF36/A2/87", "86"), "secondSequenceOf87")
    bad("boundProfilePackage", "87-in-last-list",
        renamed(encode("boundProfilePackage", dict(BPP_MIN, sequenceOf86=["01", "02"])),
                "BF36/A3/86[1]", "87"), "sequenceOf86")
    bad("euiccInfo1", "text-in-key-list",
        renamed(encode("euiccInfo1", INFO1_MAX), "BF20/A9/04[1]", "0C"),
        "euiccCiPKIdListForVerification")
    bad("listNotificationResponse", "untagged-entry",
        renamed(encode("listNotificationResponse", {"notificationMetadataList": [NOTE_MIN]}),
                "BF28/A0/BF2F", "30"), "notificationMetadataList")

    # CHOICE
    for message, tag in (("authenticateServerResponse", "BF38"),
                         ("prepareDownloadResponse", "BF21"), ("cancelSessionResponse", "BF41"),
                         ("profileInfoListResponse", "BF2D"), ("deleteProfileRequest", "BF33"),
                         ("loadCRLResponse", "BF35"), ("remoteProfileProvisioningRequest", "A2"),
                         ("remoteProfileProvisioningResponse", "A2")):
        bad(message, "no-alternative", tag + "00", message)
        bad(message, "unknown-alternative", tag + "03" + "8F0101", message)
    bad("deleteProfileRequest", "both-alternatives",
        "BF3318" + "5A0A" + ICCID + "5A0A" + ICCID_2, "deleteProfileRequest")
    bad("cancelSessionResponse", "both-errors", "BF4106" + "810105" + "81017F",
        "cancelSessionResponse")
    for message, tag in (("enableProfileRequest", "BF31"), ("disableProfileRequest", "BF32")):
        bad(message, "empty-profileIdentifier", tag + "05" + "A000" + "8101FF",
            "profileIdentifier")
        bad(message, "profileIdentifier-without-wrapper",
            tag + "0F" + "5A0A" + ICCID + "8101FF", "profileIdentifier")
        bad(message, "profileIdentifier-of-class",
            tag + "08" + "A003" + "950102" + "8101FF", "profileIdentifier")
        bad(message, "two-in-profileIdentifier",
            tag + "1D" + "A018" + "5A0A" + ICCID + "5A0A" + ICCID_2 + "8101FF",
            "profileIdentifier")
    bad("retrieveNotificationsListRequest", "more-in-searchCriteria",
        "BF2B08" + "A006" + "800105" + "800106", "searchCriteria")
    bad("profileInfoListRequest", "empty-searchCriteria", "BF2D02" + "A000", "searchCriteria")
    bad("profileInstallationResultData", "empty-finalResult",
        content(result, "BF27/A2", ""), "finalResult")
    bad("handleNotification", "without-wrapper",
        "BF3D" + drop_outer(encode("otherSignedNotification", OTHER_NOTE)),
        "pendingNotification")
    bad("authenticateServerRequest", "ctxParams1-without-wrapper",
        renamed(request, "BF38/A0", "30"), "ctxParams1")


def drop_outer(element):
    """Length and value of an element that holds just 'element'."""
    return (length_octets(len(element)) + element).hex()


# ---------------------------------------------------------------------------
# 8. Checks against facts written down by hand
# ---------------------------------------------------------------------------

FACTS = [
    ("getEuiccDataRequest/minimal", "BF3E035C015A"),
    ("getEuiccDataResponse/minimal", "BF3E125A1089049032123451234512345678901235"),
    ("notificationSentRequest/seqNumber-5", "BF3003800105"),
    ("notificationSentRequest/seqNumber-0", "BF3003800100"),
    ("notificationSentRequest/seqNumber-127", "BF300380017F"),
    ("notificationSentRequest/seqNumber-128", "BF300480020080"),
    ("notificationSentRequest/seqNumber-255", "BF3004800200FF"),
    ("notificationSentRequest/seqNumber-256", "BF300480020100"),
    ("notificationSentRequest/seqNumber-2147483648", "BF300780050080000000"),
    ("profileInfo/ppr-ppr1", "E30499020640"),
    ("profileInfo/only-profileState", "E3049F700101"),
    ("profileInfo/class-operational", "E303950102"),
    ("storeMetadataRequest/class-operational", "BF25105A0A9800103254769810321491009200"),
    ("storeMetadataRequest/class-test", "BF25135A0A9800103254769810321491009200950100"),
    ("updateMetadataRequest/minimal", "BF2A00"),
    ("updateMetadataRequest/ppr-ppr2", "BF2A0499020520"),
    ("updateMetadataRequest/icon-removed", "BF2A059301009400"),
    ("getEuiccInfo1Request/minimal", "BF2000"),
    ("getEuiccChallengeRequest/minimal", "BF2E00"),
    ("euiccMemoryResetRequest/maximal", "BF3404820205E0"),
    ("euiccMemoryResetRequest/minimal", "BF3403820100"),
    ("enableProfileRequest/iccid-refresh", "BF3111A00C5A0A980010325476981032148101FF"),
    ("disableProfileRequest/iccid-no-refresh", "BF3211A00C5A0A98001032547698103214810100"),
    ("deleteProfileRequest/iccid", "BF330C5A0A98001032547698103214"),
    ("enableProfileResponse/result-ok", "BF3103800100"),
    ("retrieveNotificationsListRequest/seqNumber-1", "BF2B05A003800101"),
    ("retrieveNotificationsListRequest/notificationDelete", "BF2B06A00481020410"),
    ("listNotificationRequest/notificationInstall", "BF280481020780"),
    ("configureISDPRequest/minimal", "BF2400"),
    ("configureISDPRequest/maximal", "BF2407B8058003" + "88370A"),
    ("configureISDPRequest/oid-2.23.146.1.2.1.4", "BF240BB8098007" + "67811201020104"),
    ("configureISDPRequest/oid-1.2.840.10045.3.1.7", "BF240CB80A8008" + "2A8648CE3D030107"),
    ("prepareDownloadResponse/error-noSessionContext",
     "BF2117A1158010" + TX + "020104"),
    ("authenticateServerResponse/error-noSessionContext",
     "BF3817A1158010" + TX + "020104"),
    ("cancelSessionResponse/error-undefinedError", "BF410381017F"),
    ("cancelSessionRequestEs9/error-invalidTransactionId", "BF410A8003010203A103810105"),
    ("loadCRLRequest/minimal", "BF3505A003020105"),
    ("loadCRLResponse/ok-minimal", "BF3502A000"),
    ("getRatResponse/empty-table", "BF4302A000"),
    ("getRatResponse/minimal-rule", "BF430CA00A3008800100A100820100"),
    ("remoteProfileProvisioningResponse/cancelSession-ok", "A205BF4102A000"),
    ("remoteProfileProvisioningResponse/authenticateClientResponseEs9-error-undefinedError",
     "A206BF3B0381017F"),
]

TOLERATED_FACTS = [
    ("profileInfo/ppr-ppr1-three-bits", "E30499020540", "E30499020640"),
    ("profileInfo/ppr-none-three-bits", "E30499020500", "E303990100"),
    ("notificationSentRequest/outer-length-81", "BF308103800105", "BF3003800105"),
    ("notificationSentRequest/inner-length-83", "BF30068083000001" + "05", "BF3003800105"),
    ("enableProfileRequest/refresh-true-as-01",
     "BF3111A00C5A0A98001032547698103214810101", "BF3111A00C5A0A980010325476981032148101FF"),
    ("storeMetadataRequest/default-class-sent",
     "BF25135A0A9800103254769810321491009200950102", "BF25105A0A9800103254769810321491009200"),
]

INFO2_SHAPE = "81 82 83 84 85 86 87 88 A9{04 04} AA{04} 8B 99 04 0C AC{80 81}"
DEVICE_SHAPE = "A1{80 A1{80 81 82 83 84 85 86 87 88 89 8A} 82}"
NOTE_SHAPE = "BF2F{80 81 0C 5A}"
OTHER_SHAPE = "30{" + NOTE_SHAPE + " 5F37 30{02} 30{02}}"
BF23_SHAPE = "BF23{82 80 A6{80 81 84} 5F49 5F37}"
BF25_SHAPE = "BF25{5A 91 92 93 94 95 B6{30{80 81} 30{80 81}} B7{80 81 82} 99}"
BF36_SHAPE = "BF36{" + BF23_SHAPE + " A0{87} A1{88 88} A2{87} A3{86 86 86 86}}"
OK38_SHAPE = ("BF38{A0{30{80 83 84 BF22{" + INFO2_SHAPE + "} A0{80 " + DEVICE_SHAPE + "}} "
              "5F37 30{02} 30{02}}}")
SHAPES = {
    "authenticateServerRequest/maximal":
        "BF38{30{80 81 83 84} 5F37 04 30{02} A0{80 " + DEVICE_SHAPE + "}}",
    "authenticateServerRequest/minimal":
        "BF38{30{80 81 83 84} 5F37 04 30{02} A0{A1{80 A1{}}}}",
    "authenticateServerResponse/ok-maximal": OK38_SHAPE,
    "authenticateServerResponse/error-invalidOid": "BF38{A1{80 02}}",
    "prepareDownloadRequest/maximal": "BF21{30{80 01 5F49} 5F37 04 30{02}}",
    "prepareDownloadResponse/ok-maximal": "BF21{A0{30{80 5F49 04} 5F37}}",
    "prepareDownloadResponse/error-unsupportedCurve": "BF21{A1{80 02}}",
    "initialiseSecureChannelRequest/maximal": BF23_SHAPE,
    "configureISDPRequest/maximal": "BF24{B8{80}}",
    "replaceSessionKeysRequest/maximal": "BF26{80 81 82}",
    "storeMetadataRequest/maximal": BF25_SHAPE,
    "updateMetadataRequest/maximal": "BF2A{91 92 93 94 99}",
    "boundProfilePackage/maximal": BF36_SHAPE,
    "profileInstallationResult/success":
        "BF37{BF27{80 " + NOTE_SHAPE + " 06 A2{A0{4F 04}}} 5F37}",
    "profileInstallationResult/maximal":
        "BF37{BF27{80 " + NOTE_SHAPE + " 06 A2{A1{80 81 82}}} 5F37}",
    "otherSignedNotification/maximal": OTHER_SHAPE,
    "cancelSessionRequest/maximal": "BF41{80 81}",
    "cancelSessionResponse/ok": "BF41{A0{30{80 81 82} 5F37}}",
    "profileInfoListRequest/maximal": "BF2D{A0{5A} 5C}",
    "profileInfoListRequest/search-isdpAid": "BF2D{A0{4F}}",
    "profileInfoListRequest/search-class-test": "BF2D{A0{95}}",
    "profileInfoListResponse/one-empty-profile": "BF2D{A0{E3{}}}",
    "profileInfo/maximal":
        "E3{5A 4F 9F70 90 91 92 93 94 95 B6{30{80 81} 30{80 81}} B7{80 81 82} B8{80} 99 "
        "BF76{E2{E1{C1 CA} E3{DB}} E2{E1{C1} E3{DB}}}}",
    "enableProfileRequest/isdpAid-refresh": "BF31{A0{4F} 81}",
    "deleteProfileRequest/isdpAid": "BF33{4F}",
    "euiccMemoryResetRequest/maximal": "BF34{82}",
    "setNicknameRequest/maximal": "BF29{5A 90}",
    "listNotificationRequest/maximal": "BF28{81}",
    "listNotificationResponse/two-entries": "BF28{A0{BF2F{80 81 0C} " + NOTE_SHAPE + "}}",
    "retrieveNotificationsListRequest/notificationEnable": "BF2B{A0{81}}",
    "retrieveNotificationsListResponse/one-result":
        "BF2B{A0{BF37{BF27{80 BF2F{80 81 0C} 06 A2{A1{80 81}}} 5F37}}}",
    "retrieveNotificationsListResponse/one-other": "BF2B{A0{" + OTHER_SHAPE + "}}",
    "euiccConfiguredAddressesResponse/maximal": "BF3C{80 81}",
    "euiccConfiguredAddressesResponse/minimal": "BF3C{81}",
    "setDefaultDpAddressRequest/maximal": "BF3F{80}",
    "getRatResponse/two-rules":
        "BF43{A0{30{80 A1{30{80} 30{80 81 82}} 82} 30{80 A1{30{80}} 82}}}",
    "getEuiccChallengeResponse/maximal": "BF2E{80}",
    "euiccInfo1/maximal": "BF20{82 A9{04 04} AA{04 04}}",
    "euiccInfo2/maximal": "BF22{" + INFO2_SHAPE + "}",
    "euiccInfo2/minimal": "BF22{81 82 83 84 85 88 A9{} AA{} 04 0C}",
    "initiateAuthenticationRequest/maximal": "BF39{81 83 BF20{82 A9{04 04} AA{04 04}}}",
    "authenticateClientRequest/ok-maximal": "BF3B{80 " + OK38_SHAPE + "}",
    "getBoundProfilePackageRequest/ok-maximal": "BF3A{80 BF21{A0{30{80 5F49 04} 5F37}}}",
    "handleNotification/other-notification": "BF3D{A0{" + OTHER_SHAPE + "}}",
    "cancelSessionRequestEs9/ok": "BF41{80 A1{A0{30{80 81 82} 5F37}}}",
    "loadCRLResponse/ok-maximal": "BF35{A0{A0{02 02 02 02 02 02}}}",
    "remoteProfileProvisioningRequest/cancelSession":
        "A2{BF41{80 A1{A0{30{80 81 82} 5F37}}}}",
    "remoteProfileProvisioningResponse/initiateAuthentication-ok":
        "A2{BF39{A0{80 30{80 81 83 84} 5F37 04 30{02}}}}",
    "remoteProfileProvisioningResponse/authenticateClient-ok-maximal":
        "A2{BF3B{A0{80 " + BF25_SHAPE + " 30{80 01 5F49} 5F37 30{02}}}}",
    "remoteProfileProvisioningResponse/getBoundProfilePackage-ok-maximal":
        "A2{BF3A{A0{80 " + BF36_SHAPE + "}}}",
    "remoteProfileProvisioningResponse/authenticateClientEs11-ok-one-event":
        "A2{BF40{A0{80 A1{30{80 81}}}}}",
}


def check():
    by_name = {vector["name"]: vector for vector in VECTORS}
    assert len(by_name) == len(VECTORS), "names are not unique: %s" % [
        name for name, count in
        collections.Counter(v["name"] for v in VECTORS).items() if count > 1]

    for name, der in FACTS:
        assert by_name[name]["der"] == der, (name, by_name[name]["der"], der)
    for name, der, canonical in TOLERATED_FACTS:
        assert by_name[name]["der"] == der, (name, by_name[name]["der"])
        assert by_name[name]["canonical"] == canonical, (name, by_name[name]["canonical"])
    for name, expected in SHAPES.items():
        found = shape(bytes.fromhex(by_name[name]["der"]))
        assert found == expected, (name, found, expected)

    valid = set()
    for vector in VECTORS:
        assert vector["der"] == vector["der"].upper()
        if "invalid" in vector:
            assert "value" not in vector and "tolerated" not in vector
            continue
        canonical = vector.get("canonical", vector["der"])
        parse(bytes.fromhex(canonical))                      # one pass of the strict reader
        assert ("canonical" in vector) == ("tolerated" in vector)
        assert canonical != vector["der"] or "tolerated" not in vector, vector["name"]
        valid.add((vector["message"], vector["der"]))
    for vector in VECTORS:
        if "invalid" in vector:
            assert (vector["message"], vector["der"]) not in valid, vector["name"]
    for message in MESSAGES:
        kinds = [v for v in VECTORS if v["message"] == message and "invalid" not in v]
        assert kinds, message
    assert by_name["boundProfilePackage/content-of-65535-octets"]["der"].startswith("BF3682FFFF")
    assert by_name["boundProfilePackage/content-of-65536-octets"]["der"].startswith("BF3683010000")


def main():
    minimal_and_maximal()
    enumerations()
    bit_strings()
    numbers_texts_lengths()
    unknown_elements()
    tolerated_encodings()
    systematic_faults()
    structural_faults()
    check()

    text = json.dumps(VECTORS, indent=1, ensure_ascii=False) + "\n"
    arguments = sys.argv[1:]
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "messages.json")
    if arguments == ["--check"]:
        with open(beside, encoding="utf-8") as file:
            if file.read() != text:
                sys.exit("messages.json is not what this script generates")
    else:
        with open(arguments[0] if arguments else beside, "w", encoding="utf-8") as file:
            file.write(text)
    invalid = sum("invalid" in v for v in VECTORS)
    accepted = sum("tolerated" in v for v in VECTORS)
    print("%d vectors: %d valid, %d tolerated, %d invalid; %d messages"
          % (len(VECTORS), len(VECTORS) - invalid - accepted, accepted, invalid, len(MESSAGES)))


if __name__ == "__main__":
    main()
