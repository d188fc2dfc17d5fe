mod dataset;
mod privacy;

use ledger::entry::{ActorType, Outcome};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Unmapped, event_id, map};
use crate::import::pseudonym::Pseudonyms;
use crate::ingest::AuditEvent;

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(&[7; 32])
}

/// What every record has.
fn record() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/mira",
            "accountId": "111122223333",
            "userName": "mira",
        },
        "eventTime": "2026-03-02T08:00:12Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "198.51.100.24",
        "userAgent": "aws-cli/2.24.20",
        "requestParameters": null,
        "responseElements": null,
        "requestID": "4e5f6a7b-8c9d-4e0f-9a1b-2c3d4e5f6a7b",
        "eventID": "0c1d2e3f-4a5b-4c6d-8e7f-8091a2b3c4d5",
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut record = record();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    record.pointer_mut(parent).unwrap()[name] = value;
    record
}

fn mapped(record: &Value) -> AuditEvent {
    map(record, record.to_string(), &pseudonyms()).unwrap()
}

#[rstest]
#[case("ec2.amazonaws.com", "DescribeInstances", "aws_ec2.describe_instances")]
#[case("s3.amazonaws.com", "GetBucketAcl", "aws_s3.get_bucket_acl")]
#[case("sts.amazonaws.com", "AssumeRoleWithWebIdentity", "aws_sts.assume_role_with_web_identity")]
#[case("rds.amazonaws.com", "DescribeDBInstances", "aws_rds.describe_db_instances")]
#[case("lambda.amazonaws.com", "GetFunction20150331v2", "aws_lambda.get_function20150331v2")]
#[case("devops-guru.amazonaws.com", "SearchInsights", "aws_devops_guru.search_insights")]
#[case("resource-explorer-2.amazonaws.com", "ListIndexes", "aws_resource_explorer_2.list_indexes")]
#[case("ec2.amazonaws.com.cn", "DescribeInstances", "aws_ec2.describe_instances")]
#[case("signin.amazonaws.com", "2FAReset", "aws_signin.n_2_fa_reset")]
#[case("something.example.com", "Happened", "aws_something_example_com.happened")]
fn the_type_names_service_and_event(#[case] source: &str, #[case] name: &str, #[case] kind: &str) {
    let mut record = with("/eventSource", json!(source));
    record["eventName"] = json!(name);
    assert_eq!(mapped(&record).event_type.as_str(), kind);
}

#[rstest]
#[case("/eventID", json!(null), Unmapped::Missing { field: "eventID" })]
#[case("/eventID", json!(7), Unmapped::Missing { field: "eventID" })]
#[case("/eventID", json!("a b"), Unmapped::Form { field: "eventID" })]
#[case("/eventTime", json!(""), Unmapped::Missing { field: "eventTime" })]
#[case("/eventTime", json!("2026-02-30T08:00:12Z"), Unmapped::Form { field: "eventTime" })]
#[case("/eventTime", json!("2026-03-02T08:00:12+01:00"), Unmapped::Form { field: "eventTime" })]
#[case("/eventName", json!(null), Unmapped::Missing { field: "eventName" })]
#[case("/eventName", json!("…"), Unmapped::Form { field: "eventName" })]
#[case("/eventSource", json!(null), Unmapped::Missing { field: "eventSource" })]
#[case("/eventSource", json!(".amazonaws.com"), Unmapped::Form { field: "eventSource" })]
fn a_record_without_what_every_record_has_is_refused(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] error: Unmapped,
) {
    assert_eq!(map(&with(pointer, value), String::new(), &pseudonyms()), Err(error));
}

#[test]
fn what_is_no_object_is_refused() {
    assert_eq!(map(&json!([]), String::new(), &pseudonyms()), Err(Unmapped::NotAnObject));
    assert_eq!(event_id(&json!(1)), Err(Unmapped::Missing { field: "eventID" }));
}

fn failure(reason: &str) -> Outcome {
    Outcome::Failure { reason: reason.to_owned() }
}

#[rstest]
#[case(json!({}), Outcome::Success)]
#[case(json!({"errorCode": "AccessDenied"}), failure("access_denied"))]
#[case(json!({"errorCode": "Client.InvalidVpcID.NotFound"}), failure("client_invalid_vpc_id_not_found"))]
#[case(json!({"errorCode": "404"}), failure("n_404"))]
#[case(json!({"errorCode": "mira said no"}), failure("error"))]
#[case(json!({"errorCode": ""}), failure("error"))]
#[case(json!({"errorMessage": "Something went wrong"}), failure("error"))]
#[case(json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "x"}), failure("sign_in_failed"))]
#[case(json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}}), Outcome::Success)]
fn an_error_makes_it_a_failure_with_a_reason(#[case] members: Value, #[case] outcome: Outcome) {
    let mut record = record();
    for (name, value) in members.as_object().unwrap() {
        record[name] = value.clone();
    }
    assert_eq!(mapped(&record).outcome, outcome);
}

#[rstest]
#[case(json!([{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::mira"}]), "aws_s3_bucket")]
#[case(json!([{"type": "AWS::DynamoDB::Table", "ARN": "arn:aws:dynamodb:eu-central-1:1:table/t"}]), "aws_dynamo_db_table")]
#[case(json!([{"ARN": "arn:aws:ssm:eu-central-1:111122223333:association/mira"}]), "aws_ssm")]
#[case(json!([{"type": "mira's", "ARN": "arn:aws:resource-groups:x:1:y"}]), "aws_resource_groups")]
#[case(json!([{"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::mira/"}]), "aws_s3_object")]
#[case(json!([{"accountId": "111122223333"}, {"type": "AWS::KMS::Key", "ARN": "arn:aws:kms:x:1:key/k"}]), "aws_kms_key")]
#[case(json!([{"ARN": "mira"}]), "aws_resource")]
fn the_subject_is_the_first_resource_under_an_opaque_id(#[case] resources: Value, #[case] kind: &str) {
    let subject = mapped(&with("/resources", resources)).subject.as_str().to_owned();
    let (found, id) = subject.split_once('/').unwrap();
    assert_eq!(found, kind);
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 8, "{subject}");
}

#[rstest]
#[case(json!(null))]
#[case(json!([]))]
#[case(json!([{"type": "AWS::S3::Bucket"}]))]
#[case(json!([{"ARN": ""}]))]
fn without_a_resource_the_subject_is_the_account(#[case] resources: Value) {
    assert_eq!(mapped(&with("/resources", resources)).subject.as_str(), "aws_account/111122223333");
}

#[test]
fn an_account_that_is_no_account_id_is_unknown() {
    let mut record = with("/recipientAccountId", json!("mira"));
    record["userIdentity"]["accountId"] = json!("ANONYMOUS_PRINCIPAL");
    assert_eq!(mapped(&record).subject.as_str(), "aws_account/unknown");
}

#[test]
fn the_same_resource_has_the_same_id_and_another_organisation_another() {
    let record = with("/resources", json!([{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]));
    let again = with("/resources", json!([{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "1"}]));
    let other = with("/resources", json!([{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::c"}]));
    assert_eq!(mapped(&record).subject, mapped(&again).subject);
    assert_ne!(mapped(&record).subject, mapped(&other).subject);
    let elsewhere = map(&record, record.to_string(), &Pseudonyms::new(&[8; 32])).unwrap();
    assert_ne!(mapped(&record).subject, elsewhere.subject);
}

#[test]
fn a_person_is_one_per_account_and_principal() {
    let actor = |account: &str, principal: &str| {
        let mut record = with("/userIdentity/principalId", json!(principal));
        record["userIdentity"]["accountId"] = json!(account);
        mapped(&record).actor
    };
    let mira = actor("111122223333", "AIDAEXAMPLE");
    assert_eq!(mira.kind, ActorType::User);
    assert_eq!(mira, actor("111122223333", "AIDAEXAMPLE"));
    assert_ne!(mira.id, actor("444455556666", "AIDAEXAMPLE").id);
    assert_ne!(mira.id, actor("111122223333", "AIDAOTHER").id);
}

#[rstest]
#[case(json!({"type": "AWSService", "invokedBy": "inspector2.amazonaws.com"}), "inspector2.amazonaws.com")]
#[case(json!({"accountId": "111122223333", "invokedBy": "ec2.amazonaws.com"}), "ec2.amazonaws.com")]
#[case(json!({"type": "AWSService", "invokedBy": "AWS Internal"}), "aws")]
#[case(json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": ""}), "aws")]
#[case(json!(null), "aws")]
fn without_a_principal_the_actor_is_a_service(#[case] identity: Value, #[case] id: &str) {
    let actor = mapped(&with("/userIdentity", identity)).actor;
    assert_eq!((actor.kind, actor.id.as_str(), actor.role), (ActorType::Service, id, None));
}

#[rstest]
#[case(json!({"type": "IAMUser", "accountId": "111122223333", "userName": "mira"}))]
#[case(json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "f3a4b5c6"}, "accountId": "111122223333"}))]
#[case(json!({"type": "AWSAccount", "arn": "arn:aws:iam::1:user/mira"}))]
fn an_identity_without_principal_id_is_still_a_person(#[case] identity: Value) {
    let actor = mapped(&with("/userIdentity", identity)).actor;
    assert_eq!(actor.kind, ActorType::User);
    uuid::Uuid::parse_str(&actor.id).unwrap();
}

#[test]
fn an_assumed_role_is_named_as_it_is_as_a_subject() {
    let arn = "arn:aws:iam::111122223333:role/mira-admin";
    let acting = mapped(&with("/userIdentity/sessionContext", json!({"sessionIssuer": {"type": "Role", "arn": arn}})));
    let assumed = mapped(&with("/resources", json!([{"type": "AWS::IAM::Role", "ARN": arn}])));
    assert_eq!(acting.actor.role.as_deref(), Some(assumed.subject.as_str()));
}

#[test]
fn the_root_of_an_account_has_the_role_root() {
    let root = json!({"type": "Root", "principalId": "111122223333", "accountId": "111122223333"});
    assert_eq!(mapped(&with("/userIdentity", root)).actor.role.as_deref(), Some("root"));
}

#[test]
fn address_user_agent_and_the_whole_record_are_sealed_for_the_actor() {
    let record = record();
    let event = mapped(&record);
    let sealed: Vec<_> = event.personal.iter().map(|text| (text.field.as_str(), text.plaintext.as_str())).collect();
    let text = record.to_string();
    assert_eq!(sealed, [("ip", "198.51.100.24"), ("user_agent", "aws-cli/2.24.20"), ("record", text.as_str())]);
    assert!(event.personal.iter().all(|text| text.person == event.actor.id));
}

#[test]
fn a_service_has_its_record_sealed_for_the_account() {
    let of = |account: &str| {
        let mut record = with("/userIdentity", json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}));
        record["recipientAccountId"] = json!(account);
        mapped(&record).personal[0].person.clone()
    };
    uuid::Uuid::parse_str(&of("111122223333")).unwrap();
    assert_eq!(of("111122223333"), of("111122223333"));
    assert_ne!(of("111122223333"), of("444455556666"));
}

#[rstest]
#[case(json!("4e5f6a7b-8c9d-4e0f-9a1b-2c3d4e5f6a7b"), true)]
#[case(json!("NDWZRY56ZA5P31TT"), true)]
#[case(json!("SecretDeleteMessage:arn:aws:secretsmanager:eu-central-1:111122223333:secret:mira"), false)]
#[case(json!("mira"), false)]
#[case(json!(null), false)]
fn a_request_id_is_kept_where_its_form_allows(#[case] id: Value, #[case] kept: bool) {
    let context = mapped(&with("/requestID", id.clone())).context;
    assert_eq!(context.request_id.as_deref(), id.as_str().filter(|_| kept));
    assert_eq!(context.service.as_deref(), Some("ec2.amazonaws.com"));
    assert_eq!((context.ip, context.user_agent), (None, None));
}

#[test]
fn detail_holds_what_is_not_personal() {
    let mut record = record();
    record["requestParameters"] = json!({
        "StartTimeRange": {"FromTime": "1688560107.857", "ToTime": 5, "Note": "mira"},
        "maxResults": 100,
        "dryRun": false,
        "instanceType": "t3.small",
        "engine": "mira lindqvist",
        "userName": "mira",
        "tags": {"maxResults": 1},
    });
    record["additionalEventData"] = json!({"MFAUsed": "Yes", "bytesTransferredOut": 442, "x-amz-id-2": "abc"});
    record["tlsDetails"] = json!({"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": "mira.s3.amazonaws.com"});
    assert_eq!(
        mapped(&record).detail,
        json!({
            "account": "111122223333",
            "additional": {"MFAUsed": "Yes", "bytesTransferredOut": 442},
            "event_category": "Management",
            "event_name": "DescribeInstances",
            "event_source": "ec2.amazonaws.com",
            "event_type": "AwsApiCall",
            "event_version": "1.11",
            "identity_type": "IAMUser",
            "ingest": {
                "id": "0c1d2e3f-4a5b-4c6d-8e7f-8091a2b3c4d5",
                "source": "cloudtrail",
                "time": "2026-03-02T08:00:12Z",
            },
            "management_event": true,
            "read_only": true,
            "region": "eu-central-1",
            "request": {
                "StartTimeRange": {"FromTime": "1688560107.857", "ToTime": 5},
                "dryRun": false,
                "instanceType": "t3.small",
                "maxResults": 100,
            },
            "tls_version": "TLSv1.3",
        })
    );
}

#[test]
fn what_a_refused_request_asked_for_stays_sealed() {
    let mut record = with("/requestParameters", json!({"instanceType": "mira.lindqvist"}));
    assert!(mapped(&record).detail["request"].is_object());
    record["errorCode"] = json!("Client.InvalidParameterValue");
    assert!(mapped(&record).detail.get("request").is_none());
}
