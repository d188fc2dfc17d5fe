use rstest::rstest;

use super::snake_case;

#[rstest]
#[case("DescribeInstances", "describe_instances")]
#[case("GetBucketAcl", "get_bucket_acl")]
#[case("AssumeRoleWithWebIdentity", "assume_role_with_web_identity")]
#[case("AssumeRoleWithSAML", "assume_role_with_saml")]
#[case("DescribeDBInstances", "describe_db_instances")]
#[case("ListMFADevices", "list_mfa_devices")]
#[case("ListSSHPublicKeys", "list_ssh_public_keys")]
#[case("ListOpenIDConnectProviders", "list_open_id_connect_providers")]
#[case("GetFunction20150331v2", "get_function20150331v2")]
#[case("PutObject", "put_object")]
#[case("S3Console", "s3_console")]
#[case("AwsS3Bucket", "aws_s3_bucket")]
#[case("AWS::S3::Bucket", "aws_s3_bucket")]
#[case("AWS::DynamoDB::Table", "aws_dynamo_db_table")]
#[case("Client.InvalidVpcID.NotFound", "client_invalid_vpc_id_not_found")]
#[case("ThrottlingException", "throttling_exception")]
#[case("NoSuchCORSConfiguration", "no_such_cors_configuration")]
#[case("already_snake", "already_snake")]
#[case("__Odd  name--here__", "odd_name_here")]
#[case("404", "n_404")]
#[case("2FAEnabled", "n_2_fa_enabled")]
#[case("PréférenceSet", "pr_f_rence_set")]
#[case("", "")]
#[case("::", "")]
fn names_of_others_become_words_of_ours(#[case] name: &str, #[case] snake: &str) {
    assert_eq!(snake_case(name), snake);
}
